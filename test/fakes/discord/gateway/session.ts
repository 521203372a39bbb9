import type { WebSocket } from 'ws';
import type { Context, GatewayEvent } from '../context.ts';
import { intentBits, requiredIntent } from '../intents.ts';
import type { Json } from '../json.ts';
import { asObjects, asStrings } from '../json.ts';
import { redactMessage } from '../present.ts';
import { sees } from '../rest/access.ts';

/** One dispatched event, kept for replay. */
export type Frame = { s: number; t: string; d: Json };

/** What outlives a connection: a session can be resumed until it expires. */
export type Session = {
  id: string;
  intents: number;
  shard: [number, number];
  seq: number;
  frames: Frame[];
  socket: WebSocket | undefined;
};

/** Sends one gateway payload, if the connection still stands. */
export function sendPayload(socket: WebSocket, payload: Json): void {
  if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(payload));
}

/** Records the event in the session and sends it when a connection is there. */
export function dispatch(session: Session, type: string, data: Json): void {
  session.seq += 1;
  const frame: Frame = { s: session.seq, t: type, d: data };
  session.frames.push(frame);
  if (session.socket) sendPayload(session.socket, { op: 0, ...frame });
}

/** The shard a guild belongs to; direct messages go to shard 0. */
export function shardOf(guildId: string | undefined, count: number): number {
  return guildId === undefined ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(count));
}

/** A change of a thread's members is told without GUILD_MEMBERS only when the bot itself comes or goes. */
function concernsBot(ctx: Context, event: GatewayEvent): boolean {
  if (event.type !== 'THREAD_MEMBERS_UPDATE') return false;
  const added = asObjects(event.data['added_members']).map((member) => member['user_id']);
  return [...added, ...asStrings(event.data['removed_member_ids'])].includes(ctx.botUserId);
}

/** The event as the session may see it, or undefined when it is none of its business. */
export function viewOf(ctx: Context, session: Session, event: GatewayEvent): Json | undefined {
  const inGuild = event.guildId !== undefined;
  if (shardOf(event.guildId, session.shard[1]) !== session.shard[0]) return undefined;
  const intent = concernsBot(ctx, event) ? intentBits.GUILDS : requiredIntent(event.type, inGuild);
  if (intent !== 0 && (session.intents & intent) === 0) return undefined;
  const guild = event.guildId === undefined ? undefined : ctx.world.guilds.get(event.guildId);
  if (guild && !guild.botPresent && event.type !== 'GUILD_DELETE') return undefined;
  const channel = event.channelId === undefined ? undefined : ctx.world.channels.get(event.channelId);
  const hidden = channel !== undefined && !sees(ctx, channel);
  if (hidden && (event.message || event.type.startsWith('THREAD') || event.type.startsWith('TYPING'))) {
    return undefined;
  }
  if (event.message && (session.intents & intentBits.MESSAGE_CONTENT) === 0) {
    return redactMessage(ctx, event.message, event.data);
  }
  return event.data;
}
