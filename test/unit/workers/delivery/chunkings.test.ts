import { expect } from 'vitest';
import { outcomeText } from '../../../../src/core/deliveries/outcome-text.ts';
import { splitParts } from '../../../../src/core/rendering/split-parts.ts';
import type { PositionedRunEvent, RunEvent } from '../../../../src/core/runs/run-event.ts';
import { promise } from '../../../fixtures/promise.ts';
import { createMemoryHouse, storeAway } from './memory-house.ts';
import { createMemoryPlatform, type Fault, PART_LIMIT } from './memory-platform.ts';
import { seededRandom } from '../../../fixtures/seeded-random.ts';
import { createVirtualClock } from './virtual-clock.ts';

type Chaos = { platform: number; store: number; wakeUps: number; shrinks: number };

const CALM: Chaos = { platform: 0, store: 0, wakeUps: 0, shrinks: 0 };

/** Streams one answer, cut and disturbed by the seed, through delivery workers; answers what is seen and stored. */
async function deliverOnce(seed: number, chaos: Chaos) {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const clock = createVirtualClock();
  const fault = (): Fault | null => {
    if (random() >= chaos.platform) return null;
    const kinds: Fault[] = [
      { kind: 'limited', waitMs: 1_000 + below(3_000) },
      { kind: 'failed' },
      { kind: 'unsure', done: true },
      { kind: 'unsure', done: false },
    ];
    return kinds[below(kinds.length)] ?? null;
  };
  const platform = createMemoryPlatform({
    clock,
    latencyMs: () => below(200),
    fault,
    budgets: (operation) => [{ key: operation, limit: 20, windowMs: 10_000, reserve: 5 }],
  });
  const house = createMemoryHouse({
    clock,
    random,
    writer: platform.writer,
    reachStore() {
      if (random() < chaos.store) throw storeAway();
    },
  });
  const workers = [house.addWorker('w1'), house.addWorker('w2')];
  const ref = house.addRun('r');

  const isOpen = () => {
    const status = house.deliveries.get('r')?.status;
    return status !== 'done' && status !== 'failed';
  };
  /** Doorbells: rung by anybody at any time, lost, doubled; the sweeper rings until the delivery has ended. */
  async function sweep(): Promise<void> {
    const rings = new Set<Promise<void>>();
    while (isOpen()) {
      const worker = workers[below(2)];
      const ring = worker?.deliver(ref, random() < 0.5).catch(() => undefined);
      if (ring !== undefined) rings.add(ring);
      await clock.sleep(below(4_000));
    }
    await Promise.all(rings);
  }

  /** Hands events to followers: some never, some twice, some late. */
  function wake(heard: PositionedRunEvent): void {
    if (random() < chaos.wakeUps) return;
    const times = random() < chaos.wakeUps ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      clock.after(random() < chaos.wakeUps ? below(3_000) : 0, () => house.wake('r', [heard]));
    }
  }

  async function stream(): Promise<void> {
    const attempts = random() < chaos.shrinks ? 2 : 1;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const text = textFrom(random, below(attempt === 1 ? 900 : 300));
      let seq = 0;
      const say = (event: RunEvent) => wake(house.append('r', attempt, (seq += 1), event));
      say({ type: 'attempt', attempt, messageId: `answer-${attempt}` });
      for (let at = 0; at < text.length; ) {
        const delta = text.slice(at, at + 1 + below(60));
        say({ type: 'text', delta, offset: at });
        at += delta.length;
        await clock.sleep(below(400));
      }
      if (attempt < attempts) continue;
      house.settle('r', { status: 'succeeded', text });
      say({ type: 'end', status: 'succeeded' });
    }
  }

  await clock.runUntil(Promise.all([sweep(), stream()]));
  const run = house.runs.get('r');
  if (run === undefined) throw new Error('the run is gone');
  const wanted = splitParts(outcomeText(run, house.messages.get('a-r') ?? null), { max: PART_LIMIT });
  const delivery = house.deliveries.get('r');
  return {
    seed,
    got: {
      status: delivery?.status,
      shown: platform.shown('r'),
      parts: delivery?.parts.map(({ index }) => index).sort((a, b) => a - b),
    },
    wanted: { status: 'done', shown: wanted, parts: wanted.map((_, index) => index) },
    violations: platform.violations,
    edits: platform.calls.filter(({ operation }) => operation === 'edit').length,
  };
}

const PIECES = [
  'words ',
  'and more. ',
  '\n\n',
  '**bold** ',
  '```js\nlet x\n```\n',
  '- item\n',
  '😀',
  '| a | b |\n',
];

function textFrom(random: () => number, length: number): string {
  let text = '';
  while (text.length < length) text += PIECES[Math.floor(random() * PIECES.length)] ?? '';
  return text;
}

const cases: [string, Chaos][] = [
  ['nothing goes wrong', CALM],
  ['wake-ups are dropped, doubled and reordered', { ...CALM, wakeUps: 0.3, shrinks: 0.2 }],
  ['the platform limits, fails and does not answer', { ...CALM, platform: 0.3, shrinks: 0.2 }],
  ['the store comes and goes', { ...CALM, store: 0.2, shrinks: 0.2 }],
  ['all of it happens at once', { platform: 0.2, store: 0.2, wakeUps: 0.3, shrinks: 0.3 }],
];

/** As many in CI: time is virtual. */
const SEEDS = 500;

for (const [name, chaos] of cases) {
  const about = `the final text is the rendering of the stored one though ${name}`;
  promise(20, about, { tries: SEEDS, timeoutMs: 60_000 }, async ({ once }) => {
    let edits = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      await once(async () => {
        const { got, wanted, violations, ...seen } = await deliverOnce(seed, chaos);
        expect({ seed, ...got, violations }).toEqual({ seed, ...wanted, violations: [] });
        edits += seen.edits;
      });
    }
    // Previews were shown: the promise was not kept by writing nothing but finals.
    expect(edits).toBeGreaterThan(300);
  });
}
