import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { IncomingMessage, Ingest } from '../../../src/core/ports.ts';
import { isTerminal } from '../../../src/core/runs/run-lifecycle.ts';
import type { Database } from '../../../src/store/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { incoming } from '../../fixtures/run-engine.ts';

/** Tells events to one or several doors, as a platform does, and remembers which were acknowledged. */
export type EventTeller = {
  /** Texts of the events that were acknowledged so far. */
  readonly acknowledged: ReadonlySet<string>;
  /** Ends when every event that was told has been acknowledged or given up. */
  stop(): Promise<void>;
};

/** Every so many events belong to one thread; the others begin threads of their own. */
const OF_ONE_THREAD = 3;
/** Every so many events are told to two doors at the same time. */
const TWICE = 8;
const AGAIN_MS = 250;
const LOOK_EVERY_MS = 500;

/** Tells `perSecond` events until stopped. What is not acknowledged is told again to the next door, a few times. */
export function tellEvents(doors: readonly Ingest[], perSecond: number): EventTeller {
  const acknowledged = new Set<string>();
  const told: Promise<void>[] = [];
  const stopping = new AbortController();
  const shared = randomUUID();

  async function tell(message: IncomingMessage, first: number): Promise<void> {
    for (let turn = first; turn < first + 100; turn += 1) {
      const door = doors[turn % doors.length];
      const taken = await door?.message(message).catch(() => null);
      if (taken?.kind === 'run' || taken?.kind === 'duplicate') {
        acknowledged.add(message.text);
        return;
      }
      await pause(AGAIN_MS);
    }
  }

  async function keepTelling(): Promise<void> {
    const startedAt = performance.now();
    for (let n = 0; !stopping.signal.aborted; n += 1) {
      const thread = n % OF_ONE_THREAD === 0 ? `${shared}-${Math.floor(n / 12)}` : randomUUID();
      const message = incoming({ thread, text: `event ${n}` });
      told.push(tell(message, n));
      if (n % TWICE === 0) told.push(tell(message, n + 1));
      await pause(Math.max(0, startedAt + ((n + 1) * 1_000) / perSecond - performance.now()));
    }
  }

  const telling = keepTelling();
  return {
    acknowledged,
    async stop() {
      stopping.abort();
      await telling;
      await Promise.all(told);
    },
  };
}

/**
 * Resolves when every event has its message, its one run and its one answer. Rejects when that is not so within
 * `withinMs`, or as soon as one has two of them.
 */
export async function allAnswered(
  database: Database,
  events: ReadonlySet<string>,
  withinMs: number,
): Promise<void> {
  const missing = await eventually(
    async () => {
      const left = await unanswered(database, events).catch(() => null);
      if (left?.length === 0) return left;
      // A look reads everything, and what is looked at needs the machine more.
      await pause(LOOK_EVERY_MS);
      return null;
    },
    'every acknowledged event is answered',
    withinMs,
  ).catch(() => unanswered(database, events));
  if (missing.length > 0)
    throw new Error(`${missing.length} of ${events.size}: ${missing.slice(0, 5).join('; ')}`);
}

/** What a majority of the replica set knows. */
const MAJORITY = { readConcern: { level: 'majority' } } as const;

async function unanswered({ connection }: Database, events: ReadonlySet<string>): Promise<string[]> {
  const db = connection.getClient().db(connection.name);
  const [messages, runs] = await Promise.all([
    db
      .collection('messages', MAJORITY)
      .find({}, { projection: { text: 1, role: 1, runId: 1 } })
      .toArray(),
    db
      .collection('runs', MAJORITY)
      .find({}, { projection: { triggerMessageIds: 1, status: 1, error: 1 } })
      .toArray(),
  ]);
  const questions = groupBy(messages, (message) => (message['role'] === 'human' ? message['text'] : null));
  const answers = groupBy(messages, (message) => (message['role'] === 'ai' ? message['runId'] : null));
  const runsOf = groupBy(runs, (run) => run['triggerMessageIds']?.[0]);
  const faults: string[] = [];
  for (const text of events) {
    const asked = questions.get(text) ?? [];
    const made = asked.flatMap(({ _id }) => runsOf.get(String(_id)) ?? []);
    const said = made.flatMap(({ _id }) => answers.get(String(_id)) ?? []);
    const ended = made.filter(({ status }) => isTerminal(status));
    const isRight =
      asked.length === 1 &&
      made.length === 1 &&
      made[0]?.['status'] === 'succeeded' &&
      said.length === 1 &&
      said[0]?.['text'] === `You said: ${text}`;
    if (isRight) continue;
    const fault = `${text}: ${asked.length} messages, ${made.length} runs (${made.map(({ status, error }) => `${status} ${error?.code ?? ''}`).join()}), ${said.length} answers`;
    if (asked.length > 1 || made.length > 1 || said.length > 1 || (ended.length > 0 && said.length === 0)) {
      throw new Error(fault);
    }
    faults.push(fault);
  }
  return faults;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => unknown): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (typeof key !== 'string') continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
