import type { GatewayEvent } from '../context.ts';

/** Chooses events, by type (`MESSAGE_CREATE`) or by a predicate. */
export type EventMatch = string | ((event: { type: string; data: { [key: string]: unknown } }) => boolean);
/** Chances in [0, 1] that an event is lost, sent twice, or sent after the one that follows it. */
export type Chaos = { lose?: number; duplicate?: number; reorder?: number };

type Kind = 'lose' | 'duplicate' | 'postpone';
type Rule = { kind: Kind; match: EventMatch; left: number };

function matches(match: EventMatch, event: GatewayEvent): boolean {
  return typeof match === 'string' ? match === event.type : match(event);
}

/** Decides in which order and how often events go out. */
export class EventFaults {
  private rules: Rule[] = [];
  private postponed: GatewayEvent[] = [];
  private readonly random: () => number;
  chaos: Chaos = {};

  constructor(random: () => number) {
    this.random = random;
  }

  add(kind: Kind, match: EventMatch, times: number): void {
    this.rules.push({ kind, match, left: times });
  }

  /** The events to send now in place of this one. */
  apply(event: GatewayEvent): GatewayEvent[] {
    const kind = this.kindFor(event);
    if (kind === 'lose') return [];
    if (kind === 'postpone') {
      this.postponed.push(event);
      return [];
    }
    const late = this.postponed;
    this.postponed = [];
    return kind === 'duplicate' ? [event, event, ...late] : [event, ...late];
  }

  /** Events that were to follow another one that has not come yet. */
  release(): GatewayEvent[] {
    const late = this.postponed;
    this.postponed = [];
    return late;
  }

  private kindFor(event: GatewayEvent): Kind | undefined {
    const rule = this.rules.find((candidate) => candidate.left > 0 && matches(candidate.match, event));
    if (rule) {
      rule.left -= 1;
      return rule.kind;
    }
    const { lose = 0, duplicate = 0, reorder = 0 } = this.chaos;
    if (lose + duplicate + reorder === 0) return undefined;
    const dice = this.random();
    if (dice < lose) return 'lose';
    if (dice < lose + duplicate) return 'duplicate';
    return dice < lose + duplicate + reorder ? 'postpone' : undefined;
  }
}
