import { defineBench } from './bench.ts';
import { copyThread, lengthenThread } from './fill.ts';
import { type Lab, openLab } from './lab.ts';
import { admit, createRun, type Load, openLoad, scriptedConfig } from './load.ts';
import { timeRun } from './runs.ts';
import { percentile, spread } from './statistics.ts';

/** Of the short thread, and of the tail that is read of both. */
const SHORT = 10;
/** Threads of the small database. */
const FEW = 1_000;

type Side = { load: Load; template: string };

/** Stores of their own with a worker on them, and a thread that has had its answer. */
async function openSide(lab: Lab): Promise<Side> {
  const load = await openLoad(lab);
  await lab.startService('worker', scriptedConfig(50, 0));
  const { threadId } = await timeRun(load);
  return { load, template: threadId };
}

export const growth = defineBench({
  name: 'growth',
  about: 'the same work on a long thread ÷ on a short one, and in a large database ÷ in a small one',
  sizes: {
    messages: { full: 10_000, quick: 2_000, about: 'messages of the long thread' },
    threads: { full: 100_000, quick: 5_000, about: 'threads of the large database, each with its run' },
    samples: { full: 1_000, quick: 20, about: 'of each measurement, both sides by turns' },
  },
  async measure(lab, size) {
    const samples = size('samples');
    const largeLab = await openLab({ say: lab.say, profileDir: undefined });
    lab.onClose(() => largeLab.close());
    const [small, large] = await Promise.all([openSide(lab), openSide(largeLab)]);
    await Promise.all([
      copyThread(small.load, small.template, FEW),
      copyThread(large.load, large.template, size('threads')),
    ]);

    const shorts = await Promise.all(
      Array.from({ length: Math.ceil(samples / 2) }, async () => {
        const { threadId } = await admit(small.load, { withRun: false });
        await lengthenThread(small.load, threadId, SHORT);
        return threadId;
      }),
    );
    const { threadId: long } = await admit(small.load, { withRun: false });
    await lengthenThread(small.load, long, size('messages'));
    const shortOne = (sample: number) => shorts[sample % shorts.length] ?? '';
    const tail = (threadId: string) => small.load.stores.messages.tail(threadId, SHORT);
    const append = (threadId: string) => admit(small.load, { threadId, withRun: false });

    const tails = await byTurns(
      samples,
      (sample) => tail(shortOne(sample)),
      () => tail(long),
    );
    const appends = await byTurns(
      samples,
      (sample) => append(shortOne(sample)),
      () => append(long),
    );
    const executed = await byTurns(
      samples,
      () => timeRun(small.load),
      () => timeRun(large.load),
    );
    // Last, because the runs that it makes wait for nobody's bell.
    const takenIn = await byTurns(
      samples,
      () => createRun(small.load),
      () => createRun(large.load),
    );
    return {
      figures: {
        append_ratio: ratio(appends),
        tail_ratio: ratio(tails),
        ingest_ratio_threads: ratio(takenIn),
        run_ratio_threads: ratio(executed),
      },
      notes: [
        `append to ${SHORT} messages: ${spread(appends.small)}; to ${size('messages')}: ${spread(appends.large)}`,
        `newest ${SHORT} of ${SHORT} messages: ${spread(tails.small)}; of ${size('messages')}: ${spread(tails.large)}`,
        `ingest among ${FEW} threads: ${spread(takenIn.small)}; among ${size('threads')}: ${spread(takenIn.large)}`,
        `a run among ${FEW} threads: ${spread(executed.small)}; among ${size('threads')}: ${spread(executed.large)}`,
      ],
    };
  },
});

type Compared = { small: number[]; large: number[] };

/** Times both sides one after the other, so that a moment when the machine is busy meets both; a tenth is warm-up. */
async function byTurns(
  samples: number,
  small: (sample: number) => Promise<unknown>,
  large: (sample: number) => Promise<unknown>,
): Promise<Compared> {
  const compared: Compared = { small: [], large: [] };
  const warmUp = Math.ceil(samples / 10);
  for (let sample = 0; sample < samples + warmUp; sample += 1) {
    const startedAt = performance.now();
    await small(sample);
    const between = performance.now();
    await large(sample);
    if (sample < warmUp) continue;
    compared.small.push(between - startedAt);
    compared.large.push(performance.now() - between);
  }
  return compared;
}

function ratio({ small, large }: Compared): number {
  return percentile(large, 0.5) / percentile(small, 0.5);
}
