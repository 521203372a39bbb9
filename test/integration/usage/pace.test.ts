import { afterEach, expect, test } from 'vitest';
import type { IncomingMessage, IngestResult } from '../../../src/core/ports.ts';
import { promise } from '../../fixtures/promise.ts';
import { incoming } from '../../fixtures/run-engine.ts';
import { counts, type Door, inBatches, newPlace, openDoor } from '../ingest/door.ts';

const PACE = { most: 20, windowMs: 60_000 };
const BEGUN = Date.parse('2026-11-26T10:00:30Z');

let doors: Door[] = [];
afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
});

async function openDoors(): Promise<[Door, Door]> {
  const place = newPlace();
  const opened: [Door, Door] = [await openDoor(place, { pace: PACE }), await openDoor(place, { pace: PACE })];
  doors = [...opened];
  return opened;
}

function sent(afterMs: number, overrides: Parameters<typeof incoming>[0] = {}): IncomingMessage {
  return incoming({ thread: 't', sentAt: new Date(BEGUN + afterMs), ...overrides });
}

const runsOf = async ({ database }: Door) => {
  const runs = await database.models.runs.find().lean();
  const notices = runs.filter(({ error }) => error?.code === 'asked_too_often');
  return { answered: runs.length - notices.length, notices };
};

promise(
  39,
  'of 1,000 messages of one person in 60 s 20 are answered, one is told why not, and all are kept',
  { tries: 1_000, timeoutMs: 120_000 },
  async ({ count, passed }) => {
    const [one, other] = await openDoors();
    const messages = Array.from({ length: count }, (_, index) =>
      sent(Math.floor((index * 59_999) / count), { thread: `t${index % 5}` }),
    );
    const tell = (index: number) => {
      const message = messages[index];
      if (message === undefined) throw new Error('no message');
      return (index % 2 === 0 ? one : other).ingest.message(structuredClone(message));
    };
    await inBatches(count, 50, async (index) => {
      expect((await tell(index)).kind).not.toBe('ignored');
    });
    const before = await counts(one.database);
    await inBatches(count, 50, async (index) => {
      expect((await tell(index)).kind).toBe('duplicate');
    });

    expect(await counts(one.database)).toEqual(before);
    expect(before).toMatchObject({ messages: count, runs: PACE.most + 1, deliveries: PACE.most + 1 });
    const { answered, notices } = await runsOf(one);
    expect(answered).toBe(PACE.most);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({ status: 'failed', attempt: 0 });
    expect(notices[0]?.error?.message).toMatch(/Your messages are kept, and I answer again in \d+ s/);
    const open = (await one.stores.threads.recentByPlatform('slack', new Date(0), 10)).map(
      ({ openRuns }) => openRuns,
    );
    expect(open.reduce((sum, runs) => sum + runs, 0)).toBe(PACE.most);
    passed(count);
  },
);

test('whoever pauses is answered again, and told again when that was not enough', async () => {
  const [door] = await openDoors();
  const told: IngestResult['kind'][] = [];
  for (let index = 0; index < 25; index += 1) told.push((await door.ingest.message(sent(index))).kind);
  expect(told.filter((kind) => kind === 'run')).toHaveLength(21);
  expect(told.slice(21)).toEqual(['stored', 'stored', 'stored', 'stored']);

  expect((await door.ingest.message(sent(59_999))).kind).toBe('stored');
  for (let index = 0; index < 22; index += 1)
    told.push((await door.ingest.message(sent(60_030 + index))).kind);
  const { answered, notices } = await runsOf(door);
  expect(answered).toBe(40);
  expect(notices).toHaveLength(2);
});

test('others are answered meanwhile, and messages that come late count when they were sent', async () => {
  const [door] = await openDoors();
  for (let index = 0; index < 30; index += 1) await door.ingest.message(sent(index));
  const other = await door.ingest.message(sent(40, { author: { id: 'U2', name: 'Ben' } }));
  expect(other.kind).toBe('run');
  const { notices } = await runsOf(door);
  expect(notices).toHaveLength(1);
  // Read after an hour's outage: of another minute.
  expect((await door.ingest.message(sent(-3_600_000))).kind).toBe('run');
  expect((await door.ingest.message(sent(50))).kind).toBe('stored');
});
