import { type SlackTs, tsBefore } from './timestamp.ts';

type ChannelProgress = {
  /** The latest position that is persisted. */
  reached: SlackTs | null;
  /** Positions of events that are in hand or failed, with how many events stand there. */
  open: Map<SlackTs, number>;
};

/**
 * How far each channel has been read: never beyond an event that is not persisted, and not at all while a gap before it
 * has not been filled. Positions are what lies *behind* us: reading goes on after them.
 */
export class CursorTracker {
  readonly #channels = new Map<string, ChannelProgress>();
  readonly #saved = new Map<string, SlackTs>();
  readonly #gaps = new Set<string>();
  #allHaveGaps = false;

  /** An event is in hand; the returned function tells that it is persisted. Without it the position stays before it. */
  enter(channel: string, ts: SlackTs): () => void {
    const progress = this.#progress(channel);
    progress.open.set(ts, (progress.open.get(ts) ?? 0) + 1);
    return () => {
      // One redelivery that succeeds settles the failed deliveries of the same event too.
      progress.open.delete(ts);
      this.reach(channel, ts);
    };
  }

  reach(channel: string, ts: SlackTs): void {
    const progress = this.#progress(channel);
    if (progress.reached === null || ts > progress.reached) progress.reached = ts;
  }

  /** Events may have been missed everywhere from now on. */
  openGaps(): void {
    this.#allHaveGaps = true;
  }

  /** Only these channels are still to be filled. */
  narrowGaps(channels: Iterable<string>): void {
    this.#allHaveGaps = false;
    this.#gaps.clear();
    for (const channel of channels) this.#gaps.add(channel);
  }

  /** All of the channel until `upTo` is persisted, also what had failed. */
  closeGap(channel: string, upTo: SlackTs): void {
    this.#gaps.delete(channel);
    const { open } = this.#progress(channel);
    for (const ts of open.keys()) if (ts <= upTo) open.delete(ts);
  }

  hasGaps(): boolean {
    return this.#allHaveGaps || this.#gaps.size > 0;
  }

  /** The earliest position of an event that is not persisted. */
  firstOpen(channel: string): SlackTs | null {
    const open = this.#channels.get(channel)?.open;
    return open === undefined || open.size === 0 ? null : [...open.keys()].reduce(lesser);
  }

  /** Positions that have moved since they were saved last. `everywhere` is behind every channel's. */
  moved(): { channels: Map<string, SlackTs>; everywhere: SlackTs | null } {
    const channels = new Map<string, SlackTs>();
    if (this.#allHaveGaps) return { channels, everywhere: null };
    const positions: SlackTs[] = [];
    const open: SlackTs[] = [];
    for (const [channel, { reached }] of this.#channels) {
      const first = this.firstOpen(channel);
      if (first !== null) open.push(tsBefore(first));
      if (reached === null || this.#gaps.has(channel)) continue;
      const position = first === null ? reached : lesser(reached, tsBefore(first));
      positions.push(position);
      if (position > (this.#saved.get(channel) ?? '')) channels.set(channel, position);
    }
    if (this.#gaps.size > 0 || positions.length === 0) return { channels, everywhere: null };
    return { channels, everywhere: [positions.reduce(greater), ...open].reduce(lesser) };
  }

  noteSaved(channels: ReadonlyMap<string, SlackTs>): void {
    for (const [channel, ts] of channels) this.#saved.set(channel, ts);
  }

  #progress(channel: string): ChannelProgress {
    const known = this.#channels.get(channel);
    if (known !== undefined) return known;
    const progress: ChannelProgress = { reached: null, open: new Map() };
    this.#channels.set(channel, progress);
    return progress;
  }
}

function lesser(left: SlackTs, right: SlackTs): SlackTs {
  return left < right ? left : right;
}

function greater(left: SlackTs, right: SlackTs): SlackTs {
  return left > right ? left : right;
}
