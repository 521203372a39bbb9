import { setTimeout as pause } from 'node:timers/promises';
import { checkHistory } from '../faults/checker/check-history.ts';
import { eventually } from '../fixtures/eventually.ts';
import { createFaults, type Faults } from './faults.ts';
import { openSoakHouse, type SoakHouse } from './house.ts';
import { createPeople } from './people.ts';
import { type Fault, planSoak, type SoakSize, type Step, type Traffic } from './plan.ts';
import { grownResources, measureResources, type Resources } from './resources.ts';
import { answerTimes } from './answer-times.ts';

export type SoakReport = {
  seed: number;
  seconds: number;
  threads: number;
  traffic: Readonly<Record<Traffic['do'], number>>;
  faults: Record<string, number>;
  /** Times that processes were started again. */
  restarts: number;
  runs: number;
  /** From a question's taking in to the whole answer; faults included. */
  answerMsP50: number;
  answerMsWorst: number;
  /** From the end of traffic and faults until nothing was wrong or under way. */
  settledMs: number;
  resources: { before: Resources; after: Resources };
  /** What is wrong, as sentences; none when all is well. */
  findings: string[];
};

export type SoakOptions = SoakSize & {
  /** Tells a person how far it is. */
  say: (line: string) => void;
  /** The longest wait for everything to come to rest after the traffic. */
  settleWithinMs: number;
};

/** What comes late, as the write of a process that was frozen, comes within this. */
const QUIET_MS = 3_000;

/**
 * Two workers write under one limit. A Redis without its data has forgotten how much of it is used, so a 429 may come,
 * and then what the other worker has already sent comes right behind it.
 */
const WORD_TRAVELS_MS = 1_000;

/** A resting process collects its garbage within 20 s (src/app/launch/give-back-memory.ts). */
const REST_WITHIN_MS = 30_000;

/** A claim may wait for a MongoDB that is killed and back. */
const CLAIM_MAY_WAIT_MS = 20_000;

const IS_TRAFFIC: Readonly<Record<Traffic['do'], true>> = {
  ask: true,
  edit: true,
  delete: true,
  cancel: true,
};

function isTraffic(what: Traffic | Fault): what is Traffic {
  return Object.hasOwn(IS_TRAFFIC, what.do);
}

/** Plays a plan against real processes and stores, lets everything settle and looks at what is left. */
export async function runSoak(options: SoakOptions): Promise<SoakReport> {
  const { say } = options;
  const house = await openSoakHouse(options);
  try {
    await allUp(house);
    const before = await measureResources(house);
    const people = createPeople(house.slack, house.discord);
    const faults = createFaults(house);
    say(`seed ${options.seed}: ${house.processes.length} processes are up`);
    const starts = startsOf(house);
    await play(planSoak(options), (what) => {
      if (isTraffic(what)) return people.act(what);
      say(JSON.stringify(what));
      faults.strike(what);
    });
    const endedAt = performance.now();
    const findings = await settle(house, faults, options);
    const settledMs = Math.round(performance.now() - endedAt - QUIET_MS);
    say(`settled after ${settledMs} ms`);
    const after = await atRest(house, before, REST_WITHIN_MS);
    say(
      `at rest: ${after.redisKeys.length} lasting and ${after.redisExpiring.length} expiring keys in Redis`,
    );
    return {
      seed: options.seed,
      seconds: options.seconds,
      threads: options.threads,
      traffic: people.counts,
      faults: Object.fromEntries(faults.counts),
      restarts: startsOf(house) - starts,
      ...(await answerTimes(house.database)),
      settledMs,
      resources: { before, after },
      findings: [...findings, ...grownResources(before, after)],
    };
  } finally {
    await house.close();
  }
}

function startsOf({ processes }: SoakHouse): number {
  return processes.reduce((sum, each) => sum + each.starts(), 0);
}

async function allUp({ processes }: SoakHouse): Promise<void> {
  await eventually(() => (processes.every(({ url }) => url() !== null) ? true : null), 'all are up', 120_000);
}

async function play(steps: readonly Step[], act: (what: Step['what']) => void): Promise<void> {
  const startedAt = performance.now();
  for (const { atMs, what } of steps) {
    await pause(Math.max(0, startedAt + atMs - performance.now()));
    act(what);
  }
}

/** What was once done to a platform stays done: no time mends it. */
const isMendable = (finding: string) => !finding.includes('saw what no bot may do');

/** Waits until the checker finds nothing more to wait for, twice; answers what it finds then, or when the time is over. */
async function settle(house: SoakHouse, faults: Faults, options: SoakOptions): Promise<string[]> {
  const check = () =>
    checkHistory(house, {
      unacknowledgedToo: true,
      claimMayWaitMs: CLAIM_MAY_WAIT_MS,
      wordTravelsMs: WORD_TRAVELS_MS,
    });
  await faults.mended();
  await allUp(house);
  const deadline = performance.now() + options.settleWithinMs;
  let last: string | undefined;
  for (;;) {
    const waitedFor = (await check()).filter(isMendable);
    await pause(QUIET_MS);
    const isLate = performance.now() > deadline;
    if (waitedFor.length === 0 || isLate) {
      const findings = await check();
      if (!findings.some(isMendable) || isLate) return findings;
    }
    if (waitedFor[0] !== last) options.say(`${waitedFor.length} things are not settled, as: ${waitedFor[0]}`);
    last = waitedFor[0];
  }
}

/** The resources once they are back where they were, at the latest after `withinMs`. */
async function atRest(house: SoakHouse, before: Resources, withinMs: number): Promise<Resources> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const now = await measureResources(house);
    if (grownResources(before, now).length === 0 || performance.now() > deadline) return now;
    await pause(QUIET_MS);
  }
}
