import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ThreadrelayError } from '../../core/errors.ts';
import { ConfigurationError } from '../config/configuration-error.ts';
import { checkAgainst } from '../config/schema-faults.ts';
import { parseYaml } from '../config/yaml-source.ts';

/** What an answer is asked for. Each check is one of these. */
export type Check =
  | { contains: string }
  | { not_contains: string }
  | { matches: RegExp }
  | { calls_tool: string }
  | { cites: string }
  | { judged: string };

export type EvalTurn = { user: string; author: string; checks: readonly Check[] };

/** `thread`: the turns are what people said there. `checks` are of the last answer. */
export type EvalCase = {
  name: string;
  thread?: string;
  turns: readonly EvalTurn[];
  checks: readonly Check[];
};

export type EvalFile = { assistant?: string; judge?: string; cases: readonly EvalCase[] };

const KINDS = ['contains', 'not_contains', 'matches', 'calls_tool', 'cites', 'judged'] as const;

const words = z.string().min(1);

const check = z
  .strictObject(Object.fromEntries(KINDS.map((kind) => [kind, words.optional()])))
  .transform((given, context): Check => {
    const [only, ...more] = Object.entries(given).filter(([, each]) => each !== undefined);
    const [kind, text = ''] = only ?? [''];
    if (kind === '' || more.length > 0) {
      context.addIssue({ code: 'custom', message: `takes exactly one of ${KINDS.join(', ')}` });
    }
    return toCheck(kind, text, context);
  });

function toCheck(kind: string, text: string, context: z.core.$RefinementCtx): Check {
  switch (kind) {
    case 'not_contains':
      return { not_contains: text };
    case 'matches':
      return { matches: toPattern(text, context) };
    case 'calls_tool':
      return { calls_tool: text };
    case 'cites':
      return { cites: text };
    case 'judged':
      return { judged: text };
    default:
      return { contains: text };
  }
}

function toPattern(text: string, context: z.core.$RefinementCtx): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch {
    context.addIssue({ code: 'custom', path: ['matches'], message: 'is no regular expression' });
    return /$^/;
  }
}

const turn = z.strictObject({
  user: words,
  author: words.default('Tester'),
  checks: z.array(check).default([]),
});

const evalCase = z
  .strictObject({
    name: words,
    thread: words.optional(),
    turns: z.array(turn).min(1).optional(),
    checks: z.array(check).default([]),
  })
  .transform(({ name, thread, turns = [], checks }, context): EvalCase => {
    if ((thread === undefined) === (turns.length === 0)) {
      context.addIssue({ code: 'custom', message: 'takes exactly one of thread, turns' });
    }
    return { name, ...(thread === undefined ? {} : { thread }), turns, checks };
  });

const evalSchema = z
  .strictObject({
    assistant: words.optional(),
    judge: words.optional(),
    cases: z.array(evalCase).min(1),
  })
  .transform(
    ({ assistant, judge, cases }): EvalFile => ({
      ...(assistant === undefined ? {} : { assistant }),
      ...(judge === undefined ? {} : { judge }),
      cases,
    }),
  );

/** @throws ConfigurationError with all faults, each with line and column; ThreadrelayError when the file cannot be read */
export function readEvalFile(path: string): EvalFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ThreadrelayError('invalid_input', `The file ${path} cannot be read: ${why}.`, { cause: error });
  }
  return parseEvalFile(text, path);
}

/** @throws ConfigurationError */
export function parseEvalFile(text: string, file: string): EvalFile {
  const source = parseYaml(text, file);
  if (source.faults.length > 0) throw new ConfigurationError(file, source.faults);
  const { document, faults } = checkAgainst(evalSchema, source.value ?? {}, source);
  if (document === undefined || faults.length > 0) throw new ConfigurationError(file, faults);
  return document;
}
