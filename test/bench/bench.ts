import type { Lab } from './lab.ts';

/** A number that sets how much a bench does; settable on the command line as `--name`. */
export type Size = { full: number; quick: number; about: string };

export type Measured = {
  /** By the names that `docs/performance.md` explains. */
  figures: Record<string, number>;
  /** How many samples stand behind the figures, and what else helps to read them; for people. */
  notes: string[];
};

export type Bench = {
  name: string;
  about: string;
  sizes: Record<string, Size>;
  /** Measures once; `given` holds the sizes of the command line. */
  measure(lab: Lab, given: ReadonlyMap<string, number>, quick: boolean): Promise<Measured>;
};

/** Describes a bench; its `measure` asks for sizes by the names it declares. */
export function defineBench<K extends string>(described: {
  name: string;
  about: string;
  sizes: Record<K, Size>;
  measure(lab: Lab, size: (name: K) => number): Promise<Measured>;
}): Bench {
  const { name, about, sizes, measure } = described;
  return {
    name,
    about,
    sizes,
    measure: (lab, given, quick) =>
      measure(lab, (size) => given.get(size) ?? sizes[size][quick ? 'quick' : 'full']),
  };
}
