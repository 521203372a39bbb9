import type { Clock } from '../../core/clock.ts';
import type { ReachCrashPoint } from '../../core/crash-points.ts';
import type { Logger } from '../../core/logger.ts';
import type { Ingest, IngestResult } from '../../core/ports.ts';
import type { Telemetry } from '../../core/telemetry.ts';
import type { DiscordApi } from './api.ts';
import type { CursorBook } from './cursor-book.ts';
import type { Directory } from './directory.ts';
import type { Lanes } from './lanes.ts';
import { LanesStopped } from './lanes.ts';
import { DIRECT_MESSAGES } from './origin.ts';
import type { WireMessage } from './parse-message.ts';
import { isBare, isFromPerson, parseMessage } from './parse-message.ts';
import { findPlace } from './places.ts';

export type IntakeParts = {
  api: DiscordApi;
  directory: Directory;
  lanes: Lanes;
  book: CursorBook;
  ingest: Ingest;
  telemetry: Telemetry;
  clock: Clock;
  logger: Logger;
  crash: ReachCrashPoint;
  botId: string;
};

/**
 * Persists one message, whether the gateway or a backfill brought it, and then moves its channel's cursor. Answers what
 * became of it; null when there was nothing to take, or it was refused.
 */
export type TakeMessage = (
  message: WireMessage,
  guildId: string | null,
  signal: AbortSignal,
) => Promise<IngestResult['kind'] | null>;

export function createMessageIntake(parts: IntakeParts): TakeMessage {
  const { directory, lanes, book, ingest, logger, crash, botId } = parts;
  let warned = false;

  function warnOfIntent(): void {
    if (warned) return;
    warned = true;
    logger.warn(
      {},
      'messages arrive without text: turn on "Message Content Intent" for the bot in the Discord developer portal',
    );
  }

  /** What was persisted; null when the message set nothing off that had to be. */
  async function persist(
    message: WireMessage,
    guildId: string | null,
    signal: AbortSignal,
  ): Promise<IngestResult['kind'] | null> {
    if (!isFromPerson(message)) return null;
    if (isBare(message)) {
      if (guildId !== null) warnOfIntent();
      return null;
    }
    await crash('ingest.received');
    const place = await findPlace(parts, message.channel_id, guildId, signal);
    const incoming = place === null ? null : parseMessage(message, place, directory, botId);
    if (incoming === null) return null;
    const { kind } = await lanes.persist(() => ingest.message(incoming), signal);
    await crash('ingest.before_acknowledge');
    return kind;
  }

  return async (message, guildId, signal) => {
    let taken: IngestResult['kind'] | null = null;
    try {
      taken = await persist(message, guildId, signal);
    } catch (thrown) {
      if (thrown instanceof LanesStopped) throw thrown;
      logger.error({ err: thrown, messageId: message.id }, 'discord message refused');
    }
    book.persisted(guildId ?? DIRECT_MESSAGES, message.channel_id, message.id);
    if (taken !== null) await crash('ingest.acknowledged');
    return taken;
  };
}
