import { ThreadrelayError } from '../core/errors.ts';
import type { Config } from './config/config.ts';

/** The project that a command is for: the one that is named, else the first. @throws ThreadrelayError `invalid_input` */
export function projectOf({ projects }: Pick<Config, 'projects'>, named: string | undefined): string {
  const known = [...projects.keys()];
  const project = named ?? known[0] ?? '';
  if (projects.has(project)) return project;
  throw new ThreadrelayError(
    'invalid_input',
    `There is no project "${project}". The configuration has ${known.map((name) => `"${name}"`).join(', ')}.`,
  );
}
