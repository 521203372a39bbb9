import type { Json } from './json.ts';

/** What goes wrong with a REST call. Times are real milliseconds. */
export type Effect =
  /** Answered with the status, not processed. */
  | { kind: 'status'; status: number; body?: Json }
  /** Answered with a Discord error, not processed. */
  | { kind: 'error'; status: number; code: number; message: string; errors?: Json }
  /** Answered 429, not processed; the bot has to stay away for that long. */
  | { kind: 'rate-limit'; retryAfterMs: number; scope?: 'user' | 'global' | 'shared' }
  /** The connection is cut before the call is processed. */
  | { kind: 'reset' }
  /** Processed, then the connection is cut. */
  | { kind: 'accept-reset' }
  /** Processed, but never answered. */
  | { kind: 'accept-silence' }
  /** Processed at once, answered late. */
  | { kind: 'accept-late'; ms: number }
  /** Processed late. */
  | { kind: 'delay'; ms: number };

/** A call as rules see it. */
export type FaultCall = { method: string; path: string; route: string; body: Json };

export type FaultRule = {
  effect: Effect;
  /** `METHOD /template` as in `POST /channels/:channel/messages`; any route without it. */
  route?: string;
  when?: (call: FaultCall) => boolean;
  /** Strikes at the nth matching call (from 1); the first without it. */
  nth?: number;
  /** How many matching calls in a row it strikes from there on; 1 without it. */
  times?: number;
  /** Strikes each matching call with this chance instead of counting, from the fake's seed. */
  chance?: number;
};

type Armed = { rule: FaultRule; seen: number };

/** Scripted faults of REST calls: every rule counts its own matching calls; the first rule that strikes decides. */
export class Faults {
  private armed: Armed[] = [];
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  /** Arms a rule; the returned function disarms it. */
  add(rule: FaultRule): () => void {
    const entry = { rule, seen: 0 };
    this.armed.push(entry);
    return () => {
      this.armed = this.armed.filter((other) => other !== entry);
    };
  }

  /** What strikes this call, if anything. */
  strike(call: FaultCall): Effect | undefined {
    let struck: Effect | undefined;
    for (const entry of this.armed) {
      const { rule } = entry;
      if (rule.route !== undefined && rule.route !== call.route) continue;
      if (rule.when && !rule.when(call)) continue;
      entry.seen += 1;
      if (struck === undefined && this.hits(rule, entry.seen)) struck = rule.effect;
    }
    return struck;
  }

  private hits(rule: FaultRule, seen: number): boolean {
    if (rule.chance !== undefined) return this.random() < rule.chance;
    const first = rule.nth ?? 1;
    return seen >= first && seen < first + (rule.times ?? 1);
  }
}
