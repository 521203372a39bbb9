import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'vitest';
import { isFullSize, promise } from '../../../fixtures/promise.ts';
import { seededRandom } from '../../../fixtures/seeded-random.ts';
import type { ReadFrame } from '../../../fixtures/sse-reader.ts';
import { driveRun, openQuietApi } from './run-driver.ts';

const { api, program } = await openQuietApi();

/** The numbers that custom events told. */
const numbers = (frames: readonly ReadFrame[]) =>
  frames.filter(({ event }) => event === 'custom').map(({ data }) => (data as { data: number }).data);

const EVENTS_OF_A_CUT = 50;

promise(
  32,
  'Events of a stream that is cut and resumed by Last-Event-ID come once each, in order',
  { tries: 20, timeoutMs: 120_000 },
  async (tries) => {
    const count = tries.count * EVENTS_OF_A_CUT;
    const threadId = await program.thread();
    const ref = await program.start(threadId, 'Count', { stream_mode: ['custom', 'messages-tuple'] });
    const driven = await driveRun(api, threadId);
    const counting = (async () => {
      for (let number = 1; number <= count; number += 1) {
        await driven.tell({ type: 'custom', name: 'number', data: number });
        // A frame of another kind between them: places are not numbers.
        if (number % 7 === 0) await driven.say(`${number} `);
      }
      await driven.succeed();
    })();

    // Half of the cuts fall while the run goes on, the others when it has long ended.
    const random = seededRandom(32);
    const got: ReadFrame[] = [];
    const next = async () => {
      const lastEventId = got.at(-1)?.id;
      return program.join(ref, lastEventId === undefined ? {} : { lastEventId });
    };
    for (let cut = 1; cut <= tries.count; cut += 1) {
      if (cut > tries.count / 2) await counting;
      await tries.once(async () => {
        const reader = await next();
        const share = 1 + Math.floor(random() * EVENTS_OF_A_CUT);
        got.push(...(await reader.has(share)).slice(0, share));
        reader.cut();
        expect(numbers(got)).toEqual(numbers(got).map((_, index) => index + 1));
      });
    }
    got.push(...(await (await next()).ended));
    await counting;

    expect(numbers(got)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    expect(new Set(got.map(({ id }) => id)).size).toBe(got.length);
    expect(got).toEqual(await (await program.join(ref)).ended);
  },
);

/**
 * Each frame tells the whole message so far. If nothing held them back, the frames of all readers would have to wait
 * somewhere: 200 MB of them in CI, 800 MB in full, of which the network takes some.
 */
const TOLD = { events: 1_000, charactersEach: isFullSize ? 16 : 40 };
const MOST_GROWTH = 50 * 2 ** 20;

promise(
  32,
  'Slow readers cost less than 50 MB together, and resume where they were',
  { tries: 100, timeoutMs: 240_000 },
  async (tries) => {
    const threadId = await program.thread();
    const ref = await program.start(threadId, 'Speak', { stream_mode: 'messages' });
    const driven = await driveRun(api, threadId);
    const slow = await Promise.all(Array.from({ length: tries.count }, () => program.join(ref)));
    await Promise.all(slow.map((reader) => reader.has(1)));
    for (const reader of slow) reader.pause();
    const before = memory();
    let growth = 0;
    for (let event = 0; event < TOLD.events; event += 1) {
      await driven.say('x'.repeat(TOLD.charactersEach));
      if (event % 100 === 99) growth = Math.max(growth, memory() - before);
    }
    expect(growth).toBeLessThan(MOST_GROWTH);
    await driven.succeed();
    growth = Math.max(growth, memory() - before);
    expect(growth).toBeLessThan(MOST_GROWTH);

    // Then each goes on where it was, whether it was cut meanwhile or not.
    const whole = (await (await program.join(ref)).ended).map(({ id }) => id);
    for (const reader of slow) {
      await tries.once(async () => {
        reader.cut();
        const lastEventId = reader.frames.at(-1)?.id ?? '';
        const rest = await program.join(ref, { lastEventId });
        const ids = [...reader.frames, ...(await rest.ended)].map(({ id }) => id);
        expect(ids).toEqual(whole);
      });
    }
  },
);

/** Bytes that are in use, without what only waits to be collected. */
function memory(): number {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
