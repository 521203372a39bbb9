import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { Context, GatewayEvent } from '../context.ts';
import { asksForDisallowed, intentBits } from '../intents.ts';
import type { Json } from '../json.ts';
import { asObject } from '../json.ts';
import { presentGuildCreate } from '../present.ts';
import type { Guild } from '../world.ts';
import type { EventFaults } from './event-faults.ts';
import type { Session } from './session.ts';
import { close, op } from './codes.ts';
import { readyOf } from './ready.ts';
import { dispatch, sendPayload, shardOf, viewOf } from './session.ts';

/** A connection may send 120 payloads in 60 s. */
const maxSends = 120;
const sendWindow = 60_000;
/** A bot may identify 1,000 times in 24 hours. */
const maxIdentifies = 1_000;
const identifyWindow = 24 * 3_600_000;

export type GatewayOptions = {
  heartbeatMs: number;
  maxConcurrency: number;
  /** Milliseconds between two IDENTIFYs of one rate-limit key; 0 lets them come as they like. */
  identifyWindowMs: number;
  recommendedShards: number;
  /** Guilds that one session may be told of (2,500). A shard with more is refused: 4011. */
  maxGuildsPerShard: number;
};

type Connection = { socket: WebSocket; session: Session | undefined; sends: number[] };
type Pending = { request: IncomingMessage; socket: Duplex; head: Buffer };

/** The WebSocket side: connections come and go, sessions stay until they expire. */
export class Gateway {
  readonly options: GatewayOptions;
  private readonly ctx: Context;
  private readonly faults: EventFaults;
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly connections = new Set<Connection>();
  private sessions = new Map<string, Session>();
  private pending: Pending[] = [];
  private readonly identifiedAt: number[] = [];
  private readonly lastIdentify = new Map<number, number>();
  private online = true;
  acknowledges = true;

  constructor(ctx: Context, faults: EventFaults, options: GatewayOptions, http: Server) {
    this.ctx = ctx;
    this.faults = faults;
    this.options = options;
    http.on('upgrade', (request, socket, head) => {
      if (this.online) this.accept({ request, socket, head });
      else this.pending.push({ request, socket, head });
    });
  }

  /** The body of `GET /gateway/bot`. */
  information(): Json {
    const since = this.ctx.clock.now() - identifyWindow;
    const used = this.identifiedAt.filter((at) => at > since).length;
    return {
      url: this.url,
      shards: this.options.recommendedShards,
      session_start_limit: {
        total: maxIdentifies,
        remaining: Math.max(0, maxIdentifies - used),
        reset_after: identifyWindow,
        max_concurrency: this.options.maxConcurrency,
      },
    };
  }

  /** Sends an event to every session that may see it, subject to the scripted faults. */
  emit(event: GatewayEvent): void {
    for (const next of this.faults.apply(event)) this.deliver(next);
  }

  /** Sends what was held back for an event that did not come. */
  releasePostponed(): void {
    for (const event of this.faults.release()) this.deliver(event);
  }

  /** Open connections with a session. */
  get connected(): number {
    return [...this.connections].filter(({ session, socket }) => session?.socket === socket).length;
  }

  /** How often bots identified and resumed, ever. */
  readonly counts = { identified: 0, resumed: 0 };

  /** Cuts every connection without a word (1006), or closes it with the code. */
  drop(code?: number): void {
    for (const connection of this.connections) {
      if (connection.session) connection.session.socket = undefined;
      if (code === undefined) connection.socket.terminate();
      else connection.socket.close(code);
    }
  }

  /** Forgets all sessions: what they were to replay is lost, and a resume is answered with op 9. */
  expireSessions(): void {
    this.sessions = new Map();
  }

  /** Asks every connection to reconnect and resume (op 7). */
  askToReconnect(): void {
    for (const { socket } of this.connections) sendPayload(socket, { op: op.reconnect, d: null });
  }

  /** Tells every connection that its session is invalid (op 9). */
  invalidate(resumable: boolean): void {
    if (!resumable) this.expireSessions();
    for (const connection of this.connections) {
      if (connection.session) connection.session.socket = undefined;
      connection.session = undefined;
      sendPayload(connection.socket, { op: op.invalidSession, d: resumable });
    }
  }

  /** While offline, new connections wait for their handshake. */
  setOnline(online: boolean): void {
    this.online = online;
    if (!online) return;
    const waiting = this.pending;
    this.pending = [];
    for (const request of waiting) if (!request.socket.destroyed) this.accept(request);
  }

  /** Ends everything. */
  stop(): void {
    for (const { socket } of this.pending) socket.destroy();
    for (const { socket } of this.connections) socket.terminate();
    this.server.close();
  }

  private get url(): string {
    return `${this.ctx.origin().replace('http', 'ws')}/gateway`;
  }

  private deliver(event: GatewayEvent): void {
    for (const session of this.sessions.values()) {
      const data = viewOf(this.ctx, session, event);
      if (data) dispatch(session, event.type, data);
    }
  }

  private accept({ request, socket, head }: Pending): void {
    const query = new URL(request.url ?? '/', 'http://gateway').searchParams;
    this.server.handleUpgrade(request, socket, head, (client) => {
      const connection: Connection = { socket: client, session: undefined, sends: [] };
      this.connections.add(connection);
      client.on('error', () => client.terminate());
      client.on('close', (code) => this.closed(connection, code));
      client.on('message', (data) => this.receive(connection, textOf(data)));
      if ((query.get('v') ?? '10') !== '10') return client.close(close.invalidVersion, 'Invalid API version');
      const jsonOnly = (query.get('encoding') ?? 'json') === 'json' && !query.has('compress');
      if (!jsonOnly) return client.close(close.decodeError, 'The fake speaks uncompressed JSON only');
      sendPayload(client, { op: op.hello, d: { heartbeat_interval: this.options.heartbeatMs, _trace: [] } });
    });
  }

  /** A connection that its client closed with 1000 or 1001 ends its session; any other way keeps it. */
  private closed(connection: Connection, code: number): void {
    this.connections.delete(connection);
    const { session } = connection;
    if (!session || session.socket !== connection.socket) return;
    session.socket = undefined;
    if (code === 1000 || code === 1001) this.sessions.delete(session.id);
  }

  private receive(connection: Connection, text: string): void {
    const now = this.ctx.clock.now();
    connection.sends = connection.sends.filter((at) => at > now - sendWindow);
    connection.sends.push(now);
    if (connection.sends.length > maxSends) {
      return connection.socket.close(close.rateLimited, 'You are being rate limited.');
    }
    const payload = parse(text);
    if (!payload) return connection.socket.close(close.decodeError, 'Error while decoding payload.');
    const data = asObject(payload['d']) ?? {};
    switch (payload['op']) {
      case op.heartbeat:
        if (this.acknowledges) sendPayload(connection.socket, { op: op.ack, d: null });
        return;
      case op.identify:
        return this.identify(connection, data);
      case op.resume:
        return this.resume(connection, data);
      case op.presence:
      case op.voice:
      case op.requestMembers:
        if (!connection.session) connection.socket.close(close.notAuthenticated, 'Not authenticated.');
        return;
      default:
        return connection.socket.close(close.unknownOpcode, 'Unknown opcode.');
    }
  }

  private identify(connection: Connection, data: Json): void {
    const { socket } = connection;
    if (connection.session) return socket.close(close.alreadyAuthenticated, 'Already authenticated.');
    if (data['token'] !== this.ctx.token) {
      return socket.close(close.authenticationFailed, 'Authentication failed.');
    }
    const intents = data['intents'];
    if (typeof intents !== 'number' || !Number.isInteger(intents) || intents < 0) {
      return socket.close(close.invalidIntents, 'Invalid intent(s).');
    }
    if (asksForDisallowed(intents, this.ctx.enabledIntents())) {
      return socket.close(close.disallowedIntents, 'Disallowed intent(s).');
    }
    const shard = readShard(data['shard']);
    if (!shard) return socket.close(close.invalidShard, 'Invalid shard.');
    if (this.guildsOf(shard).length > this.options.maxGuildsPerShard) {
      return socket.close(close.shardingRequired, 'Sharding required.');
    }
    if (!this.mayIdentify(shard[0])) return sendPayload(socket, { op: op.invalidSession, d: false });
    const session: Session = {
      id: this.ctx.nextSecret(),
      intents,
      shard,
      seq: 0,
      frames: [],
      socket,
    };
    this.sessions.set(session.id, session);
    connection.session = session;
    this.counts.identified += 1;
    this.greet(session);
  }

  private mayIdentify(shard: number): boolean {
    const now = this.ctx.clock.now();
    const key = shard % this.options.maxConcurrency;
    const last = this.lastIdentify.get(key);
    if (last !== undefined && now - last < this.options.identifyWindowMs) return false;
    this.lastIdentify.set(key, now);
    this.identifiedAt.push(now);
    return true;
  }

  private guildsOf([index, count]: [number, number]): Guild[] {
    const guilds = [...this.ctx.world.guilds.values()].filter((guild) => guild.botPresent);
    return guilds.filter((guild) => shardOf(guild.id, count) === index);
  }

  private greet(session: Session): void {
    const { ctx } = this;
    const mine = this.guildsOf(session.shard);
    dispatch(session, 'READY', readyOf(ctx, session, mine, this.url));
    if ((session.intents & intentBits.GUILDS) === 0) return;
    const allMembers = (session.intents & intentBits.GUILD_MEMBERS) !== 0;
    for (const guild of mine) dispatch(session, 'GUILD_CREATE', presentGuildCreate(ctx, guild, allMembers));
  }

  private resume(connection: Connection, data: Json): void {
    const { socket } = connection;
    if (data['token'] !== this.ctx.token) {
      return socket.close(close.authenticationFailed, 'Authentication failed.');
    }
    const session = this.sessions.get(String(data['session_id']));
    if (!session) return sendPayload(socket, { op: op.invalidSession, d: false });
    const seq = Number(data['seq']);
    if (!Number.isInteger(seq) || seq > session.seq) return socket.close(close.invalidSeq, 'Invalid seq.');
    connection.session = session;
    session.socket = socket;
    this.counts.resumed += 1;
    for (const frame of session.frames) {
      if (frame.s > seq) sendPayload(socket, { op: 0, ...frame });
    }
    dispatch(session, 'RESUMED', { _trace: [] });
  }
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(new Uint8Array(data)).toString('utf8');
}

function parse(text: string): Json | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function readShard(value: unknown): [number, number] | undefined {
  if (value === undefined || value === null) return [0, 1];
  if (!Array.isArray(value)) return undefined;
  const [index, count] = value;
  if (!Number.isInteger(index) || !Number.isInteger(count) || index < 0 || index >= count) return undefined;
  return [index, count];
}
