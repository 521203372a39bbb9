import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createClock } from './clock.ts';
import type { Context, GatewayEvent, Settings } from './context.ts';
import { Faults } from './faults.ts';
import { EventFaults } from './gateway/event-faults.ts';
import type { GatewayOptions } from './gateway/gateway.ts';
import { Gateway } from './gateway/gateway.ts';
import { createPeople } from './human/people.ts';
import { createPlaces } from './human/places.ts';
import { createWatch } from './human/watch.ts';
import type { DiscordFake, DiscordFakeOptions } from './index.ts';
import type { PrivilegedIntent } from './intents.ts';
import { Limiter, usualLimits } from './limits.ts';
import { permissionMask, usualPermissions } from './permissions.ts';
import { createRandom } from './random.ts';
import type { Collect, RestCall } from './rest/server.ts';
import { createRestListener } from './rest/server.ts';
import { createSnowflakes } from './snowflake.ts';
import { World } from './world.ts';

const usualSettings: Settings = {
  maxActiveThreads: 1_000,
  maxFileBytes: 10 * 1_024 * 1_024,
  maxRequestBytes: 25 * 1_024 * 1_024,
  fileAddressMs: 24 * 60 * 60_000,
  nonceMs: 5 * 60_000,
  eventOrder: 'event-first',
  starterOrder: 'thread-first',
};

const usualGateway: GatewayOptions = {
  heartbeatMs: 41_250,
  maxConcurrency: 1,
  identifyWindowMs: 0,
  recommendedShards: 1,
  maxGuildsPerShard: 2_500,
};

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}

/** Holds back the events of one REST call until the caller says when they leave. */
function createCollector(settings: Settings, random: () => number, send: (event: GatewayEvent) => void) {
  let held: GatewayEvent[] | undefined;
  const collect: Collect = (process) => {
    const events: GatewayEvent[] = [];
    held = events;
    try {
      const result = process();
      const order = settings.eventOrder;
      const eventFirst = order === 'event-first' || (order === 'random' && random() < 0.5);
      return { result, eventFirst, flush: () => events.splice(0).forEach(send) };
    } finally {
      held = undefined;
    }
  };
  return { collect, emit: (event: GatewayEvent) => (held ? held.push(event) : send(event)) };
}

/** Starts a Discord with one guild, an owner's place and the bot in it. @throws when the port is taken. */
export async function createDiscordFake(options: DiscordFakeOptions = {}): Promise<DiscordFake> {
  const clock = createClock(options.now ?? Date.now);
  const random = createRandom(options.seed ?? 1);
  const nextId = createSnowflakes(clock.now);
  const settings: Settings = { ...usualSettings, ...options.settings };
  const limits = { ...structuredClone(usualLimits), ...options.limits };
  const limiter = new Limiter(clock, limits);
  const faults = new Faults(random);
  const eventFaults = new EventFaults(random);
  const history: RestCall[] = [];
  let enabledIntents: PrivilegedIntent[] = options.enabledIntents ?? [
    'GUILD_MEMBERS',
    'GUILD_PRESENCES',
    'MESSAGE_CONTENT',
  ];
  const role = permissionMask(options.permissions ?? usualPermissions);
  const applicationId = nextId();
  let origin = 'http://127.0.0.1';
  const { collect, emit } = createCollector(settings, random, (event) => gateway.emit(event));
  const ctx: Context = {
    world: new World(),
    clock,
    random,
    nextId,
    nextSecret: () => Array.from({ length: 4 }, () => Math.floor(random() * 2 ** 32).toString(16)).join(''),
    origin: () => origin,
    token: options.token ?? `${Buffer.from(applicationId).toString('base64url')}.fake.discord-token`,
    applicationId,
    botUserId: applicationId,
    rolePermissions: () => role,
    enabledIntents: () => enabledIntents,
    settings,
    limiter,
    violations: [],
    emit,
    changed: (change) => watch.publish({ ...change, at: clock.now() }),
    interactions: new Map(),
  };
  const watch = createWatch(ctx);
  const server = createServer();
  const gateway = new Gateway(ctx, eventFaults, { ...usualGateway, ...options.gateway }, server);
  server.on(
    'request',
    createRestListener({
      ctx,
      faults,
      history,
      collect,
      gatewayInformation: () => gateway.information(),
      settled: watch.nudge,
    }),
  );
  const bot = { id: ctx.botUserId, username: options.botName ?? 'relay', bot: true, acceptsDms: false };
  ctx.world.users.set(bot.id, bot);
  let guildId = '';
  const places = createPlaces(ctx, () => guildId);
  guildId = places.addGuild({ name: options.guildName ?? 'guild' });
  origin = `http://127.0.0.1:${await listen(server, options.port ?? 0)}`;

  return {
    apiUrl: `${origin}/api`,
    token: ctx.token,
    applicationId,
    botUserId: ctx.botUserId,
    guildId,
    async close() {
      gateway.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    now: clock.now,
    advance: clock.advance,
    ...places,
    ...createPeople(ctx),
    ...watch.api,
    history,
    calls: (route) => history.filter((call) => call.route === route),
    violations: ctx.violations,
    invalidRequests: () => limiter.invalidRequests,
    limits,
    settings,
    setEnabledIntents: (intents) => {
      enabledIntents = intents;
    },
    fault: (rule) => faults.add(rule),
    gateway: controlsOf(gateway, eventFaults),
  };
}

/** What a test may do to the gateway. */
function controlsOf(gateway: Gateway, faults: EventFaults): DiscordFake['gateway'] {
  const drop = (resumable: boolean, code?: number) => {
    gateway.drop(code);
    if (!resumable) gateway.expireSessions();
  };
  return {
    connected: () => gateway.connected,
    counts: () => ({ ...gateway.counts }),
    drop: ({ resumable = true, code } = {}) => drop(resumable, code),
    goOffline: ({ resumable = true } = {}) => {
      gateway.setOnline(false);
      drop(resumable);
    },
    goOnline: () => gateway.setOnline(true),
    askToReconnect: () => gateway.askToReconnect(),
    invalidate: (resumable) => gateway.invalidate(resumable),
    setAcknowledging: (on) => {
      gateway.acknowledges = on;
    },
    lose: (match, times = 1) => faults.add('lose', match, times),
    duplicate: (match, times = 1) => faults.add('duplicate', match, times),
    postpone: (match, times = 1) => faults.add('postpone', match, times),
    releasePostponed: () => gateway.releasePostponed(),
    setChaos: (chaos) => {
      faults.chaos = chaos;
    },
    send: (event) => gateway.emit(event),
  };
}
