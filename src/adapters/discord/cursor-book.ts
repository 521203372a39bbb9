import type { CursorStore } from '../../core/ports.ts';
import { isAfter, laterOf, padSnowflake } from './snowflake.ts';

/** `discord:CHANNEL`; a guild's own id (or `@me`) keys the mark for channels that have no cursor of their own. */
function cursorKey(channelOrGuild: string): string {
  return `discord:${channelOrGuild}`;
}

/** A new session may have missed messages; a full queue did. */
export type FreezeReason = 'session' | 'overflow';

/**
 * How far each channel has been persisted. While a guild is frozen, because messages may be missing in it, its positions
 * are kept back: behind is harmless, ahead loses messages.
 */
export class CursorBook {
  private dirty = new Map<string, string>();
  private readonly frozen = new Map<string, Set<FreezeReason>>();
  private readonly held = new Map<string, Map<string, string>>();
  /** Messages received and not persisted yet: no mark passes them. */
  private readonly inFlight = new Map<string, Map<string, number>>();
  private readonly store: CursorStore;

  constructor(store: CursorStore) {
    this.store = store;
  }

  /** Keeps positions back until every reason is gone again. */
  freeze(guild: string, reason: FreezeReason): void {
    this.frozen.set(guild, (this.frozen.get(guild) ?? new Set()).add(reason));
    if (!this.held.has(guild)) this.held.set(guild, new Map());
  }

  thaw(guild: string, reason: FreezeReason): void {
    const reasons = this.frozen.get(guild);
    reasons?.delete(reason);
    if (reasons !== undefined && reasons.size > 0) return;
    this.frozen.delete(guild);
    const positions = this.held.get(guild);
    this.held.delete(guild);
    for (const [channel, id] of positions ?? []) this.note(this.dirty, channel, id);
  }

  received(guild: string, id: string): void {
    const ids = this.inFlight.get(guild) ?? new Map<string, number>();
    ids.set(id, (ids.get(id) ?? 0) + 1);
    this.inFlight.set(guild, ids);
  }

  /** The message is persisted, or is nothing to persist. */
  persisted(guild: string, channel: string, id: string): void {
    this.settle(guild, id);
    const positions = this.held.get(guild) ?? this.dirty;
    this.note(positions, channel, id);
    this.note(positions, guild, id);
  }

  /** The message was received but will not be persisted by this process. */
  private settle(guild: string, id: string): void {
    const ids = this.inFlight.get(guild);
    const count = ids?.get(id) ?? 0;
    if (count > 1) ids?.set(id, count - 1);
    else ids?.delete(id);
    if (ids?.size === 0) this.inFlight.delete(guild);
  }

  /** Positions by channel id, unpadded, without those that were never saved. */
  async load(ids: string[]): Promise<Map<string, string>> {
    const saved = await this.store.load(ids.map(cursorKey));
    const positions = new Map<string, string>();
    for (const id of ids) {
      const value = saved.get(cursorKey(id));
      if (value !== undefined) positions.set(id, BigInt(value).toString());
    }
    return positions;
  }

  /** Saves what moved. What could not be saved stays for the next time. @throws what the store throws */
  async save(): Promise<void> {
    const positions = this.dirty;
    if (positions.size === 0) return;
    this.dirty = new Map();
    const saved = new Map<string, string>();
    for (const [id, position] of positions) {
      if (this.blocks(id, position)) this.note(this.dirty, id, position);
      else saved.set(cursorKey(id), padSnowflake(position));
    }
    try {
      if (saved.size > 0) await this.store.save(saved);
    } catch (thrown) {
      for (const [id, position] of positions) this.note(this.dirty, id, position);
      throw thrown;
    }
  }

  /** A mark waits for older messages of its guild that are still on their way to the store. */
  private blocks(guild: string, position: string): boolean {
    const ids = this.inFlight.get(guild);
    if (ids === undefined) return false;
    for (const id of ids.keys()) if (!isAfter(id, position)) return true;
    return false;
  }

  private note(positions: Map<string, string>, id: string, position: string): void {
    const known = positions.get(id);
    positions.set(id, known === undefined ? position : laterOf(known, position));
  }
}
