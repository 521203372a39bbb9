import type { Platform } from '../../src/core/origin.ts';
import { seededRandom } from '../fixtures/seeded-random.ts';
import { integerBetween, pickWeighted } from './random.ts';

/** How an assistant answers: a moment, some seconds in several messages, or slowly, so that it can be stopped. */
export type AnswerKind = 'short' | 'long' | 'slow';

/** What somebody does in the thread of that number. Where no question is left, `edit`, `delete` and `cancel` do nothing. */
export type Traffic =
  | { do: 'ask'; thread: number; kind: AnswerKind }
  | { do: 'edit' | 'delete' | 'cancel'; thread: number };

export type Role = 'worker' | 'slack' | 'discord';

/** What goes wrong. Those with `ms` last that long, then they are mended. */
export type Fault =
  | { do: 'kill'; role: Role; index: number; ms: number }
  | { do: 'freeze'; role: Role; index: number; ms: number }
  | { do: 'restart-redis'; empty: boolean; ms: number }
  | { do: 'restart-mongodb'; ms: number }
  | { do: 'slow-redis' | 'slow-mongodb'; delayMs: number; ms: number }
  | { do: 'cut-redis' | 'cut-mongodb' }
  | { do: 'cut-sockets'; platform: Platform; resumable: boolean }
  | { do: 'jump-clock'; platform: Platform; ms: number }
  | { do: 'slow-platform'; platform: Platform; delayMs: number; ms: number }
  | { do: 'limit'; platform: Platform; retryAfterMs: number };

export type Step = { atMs: number; what: Traffic | Fault };

export type SoakSize = {
  seed: number;
  /** How long traffic and faults last. */
  seconds: number;
  /** Threads of even number are on Slack, the others on Discord. */
  threads: number;
  asksPerSecond: number;
  /** Mean time between two faults. */
  faultEverySeconds: number;
  /** How many processes of a role there are. */
  processes: Readonly<Record<Role, number>>;
};

/** Questions, and now and then a change of mind: shares of the whole. */
const TRAFFIC: readonly (readonly [Traffic['do'], number])[] = [
  ['ask', 80],
  ['edit', 7],
  ['delete', 6],
  ['cancel', 7],
];

const KINDS: readonly (readonly [AnswerKind, number])[] = [
  ['short', 75],
  ['long', 13],
  ['slow', 12],
];

/** Half of the faults strike processes; the stores are the rarest, because all wait for them. */
const FAULTS: readonly (readonly [Fault['do'], number])[] = [
  ['kill', 24],
  ['freeze', 14],
  ['limit', 12],
  ['cut-sockets', 12],
  ['slow-platform', 8],
  ['cut-redis', 6],
  ['cut-mongodb', 6],
  ['slow-redis', 5],
  ['slow-mongodb', 5],
  ['restart-redis', 7],
  ['restart-mongodb', 5],
  ['jump-clock', 4],
];

const ROLES: readonly (readonly [Role, number])[] = [
  ['worker', 60],
  ['slack', 20],
  ['discord', 20],
];

export function platformOf(thread: number): Platform {
  return thread % 2 === 0 ? 'slack' : 'discord';
}

/** Everything that people do and that goes wrong, in the order of time. Pure: the seed and the size decide it. */
export function planSoak(size: SoakSize): Step[] {
  // Two generators, so that another rate of faults leaves the traffic as it is.
  const people = seededRandom(size.seed);
  const fate = seededRandom(size.seed + 0x9e3779b9);
  const changes = TRAFFIC.reduce((sum, [, weight]) => sum + weight, 0) / 80;
  const nextTraffic = trafficPlanner(people, size);
  const traffic = times(people, size.seconds, size.asksPerSecond * changes).map((atMs) => ({
    atMs,
    what: nextTraffic(),
  }));
  const faults = times(fate, size.seconds, 1 / size.faultEverySeconds).map((atMs) => ({
    atMs,
    what: planFault(fate, size),
  }));
  return [...traffic, ...faults].toSorted((one, other) => one.atMs - other.atMs);
}

/** Moments of a Poisson process: things that happen independently of each other. */
function times(random: () => number, seconds: number, perSecond: number): number[] {
  const moments: number[] = [];
  for (let at = 0; ; moments.push(Math.round(at * 1_000))) {
    at += -Math.log(1 - random()) / perSecond;
    if (at >= seconds) return moments;
  }
}

/** Changes of mind follow on a question, while its answer may be under way: one of so many latest. */
const RECENT_ASKS = 4;

function trafficPlanner(random: () => number, { threads }: SoakSize): () => Traffic {
  const asked: number[] = [];
  return () => {
    const what = pickWeighted(random, TRAFFIC);
    const kind = pickWeighted(random, KINDS);
    const recent = asked.slice(-RECENT_ASKS);
    const again = recent[integerBetween(random, 0, recent.length - 1)];
    if (what !== 'ask' && again !== undefined) return { do: what, thread: again };
    const thread = integerBetween(random, 0, threads - 1);
    asked.push(thread);
    return { do: 'ask', thread, kind };
  };
}

function planFault(random: () => number, { processes }: SoakSize): Fault {
  const what = pickWeighted(random, FAULTS);
  const role = pickWeighted(random, ROLES);
  const index = integerBetween(random, 0, processes[role] - 1);
  const platform = random() < 0.5 ? 'slack' : 'discord';
  const between = (from: number, to: number) => integerBetween(random, from, to);
  switch (what) {
    case 'kill':
      return { do: what, role, index, ms: between(0, 3_000) };
    case 'freeze':
      // Half of them are longer than a heartbeat may be old: another worker takes over.
      return { do: what, role, index, ms: between(1_000, 12_000) };
    case 'restart-redis':
      return { do: what, empty: random() < 0.5, ms: between(100, 3_000) };
    case 'restart-mongodb':
      return { do: what, ms: between(100, 3_000) };
    case 'slow-redis':
    case 'slow-mongodb':
      return { do: what, delayMs: between(50, 400), ms: between(1_000, 5_000) };
    case 'cut-redis':
    case 'cut-mongodb':
      return { do: what };
    case 'cut-sockets':
      return { do: what, platform, resumable: random() < 0.5 };
    case 'jump-clock':
      return { do: what, platform, ms: between(1_000, 30_000) };
    case 'slow-platform':
      return { do: what, platform, delayMs: between(200, 2_000), ms: between(1_000, 5_000) };
    case 'limit':
      return { do: what, platform, retryAfterMs: between(1, 5) * 1_000 };
  }
}
