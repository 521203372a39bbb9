import { startLoopbackServer } from '../http/loopback-server.ts';
import { Activity } from './activity.ts';
import { realClock } from './clock.ts';
import { Conversation } from './conversation.ts';
import { EventDelivery } from './event-delivery.ts';
import { EventsHttp } from './events-http.ts';
import { FaultScripts } from './faults.ts';
import { serveFile } from './file-server.ts';
import { People } from './people.ts';
import { type App, presentVisible } from './present.ts';
import { blockActions } from './press-button.ts';
import { seededRandom } from './random.ts';
import { RateLimiter } from './rate-limits.ts';
import { slashCommand } from './slash-command.ts';
import type { SlackFake, SlackFakeOptions } from './slack-fake.ts';
import { SocketMode } from './socket-mode.ts';
import { repliesOf, Workspace } from './state.ts';
import { WebApi } from './web-api.ts';

/** What a bot like ours asks for. */
export const defaultScopes: readonly string[] = [
  'app_mentions:read',
  'assistant:write',
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:read',
  'groups:history',
  'groups:read',
  'im:history',
  'im:read',
  'im:write',
  'mpim:history',
  'mpim:read',
  'reactions:write',
  'users:read',
];

/** A status without a reply disappears after two minutes. */
const statusLifeMs = 120_000;

/** Starts a fake Slack on loopback. See `SlackFake`. */
export async function createSlackFake(options: SlackFakeOptions = {}): Promise<SlackFake> {
  const clock = options.clock ?? realClock();
  const random = seededRandom(options.seed ?? 1);
  const activity = new Activity();
  const faults = new FaultScripts();
  const limits = new RateLimiter(clock);
  if (options.limits === false) limits.enabled = false;
  for (const [method, perMinute] of Object.entries(options.limits || {})) limits.set(method, perMinute);
  const app: App = { id: random.id('A'), name: 'threadrelay', origin: '' };
  const signingSecret = random.uuid().replaceAll('-', '');
  const appToken = {
    value: ['xapp', '1', app.id, random.id('', 24)].join('-'),
    active: true,
    scopes: ['connections:write'],
  };
  const teamOptions = options.teams ?? [{}];
  const workspaces = teamOptions.map((team, index) => {
    const identity = {
      id: team.id ?? random.id('T'),
      name: team.name ?? `team-${index + 1}`,
      scopes: team.scopes ?? options.scopes ?? defaultScopes,
    };
    return new Workspace(identity, { clock, random });
  });
  const [home] = workspaces;
  if (home === undefined) throw new Error('The Slack fake needs a team');
  const conversation = new Conversation({ app, clock, random, activity });
  const sockets = new SocketMode({ appId: app.id, clock, random, activity });
  const signing = { signingSecret, clock, signingTime: options.signingTime ?? Date.now };
  const transport = options.requestUrl === undefined ? sockets : new EventsHttp(options.requestUrl, signing);
  const delivery = new EventDelivery({ appId: app.id, clock, random, activity, faults, transport });
  const people = new People({
    app,
    workspaces,
    clock,
    random,
    conversation,
    dispatch: (events) => delivery.dispatch(events),
  });
  const api = new WebApi({
    app,
    appToken,
    workspaces,
    clock,
    random,
    activity,
    faults,
    limits,
    conversation,
    delivery,
    sockets,
  });
  const server = await startLoopbackServer({
    port: options.port ?? 0,
    onRequest(request, response) {
      const url = new URL(request.url ?? '/', 'http://loopback');
      if (url.pathname.startsWith('/api/')) {
        // Only a caller that went away in the middle of its request gets here.
        api.handle(request, response, url).catch(() => response.destroy());
      } else serveFile(request, response, url, workspaces);
    },
    onUpgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
  });
  app.origin = server.origin;
  const workspaceOf = (teamId: string | undefined): Workspace => {
    const workspace = teamId === undefined ? home : workspaces.find((candidate) => candidate.id === teamId);
    if (workspace === undefined) throw new Error(`No team ${String(teamId)}`);
    return workspace;
  };

  return {
    url: `${server.origin}/api/`,
    botToken: home.botToken,
    appToken: appToken.value,
    signingSecret,
    appId: app.id,
    botUserId: home.botUserId,
    botId: home.botId,
    teamId: home.id,
    teams: workspaces.map(({ id, name, botToken, botUserId, botId }) => ({
      id,
      name,
      botToken,
      botUserId,
      botId,
    })),
    clock,
    limits,
    faults,
    async close() {
      delivery.close();
      sockets.close();
      await server.close();
    },
    addChannel: (channel) => people.addChannel(channel),
    addUser: (user) => people.addUser(user),
    openDirectMessage: (user) => people.openDirectMessage(user),
    say: (saying) => people.say(saying),
    sayAsBot: (saying) => people.sayAsBot(saying),
    editMessage: (channel, ts, text) => people.editMessage(channel, ts, text),
    deleteMessage: (channel, ts) => people.deleteMessage(channel, ts),
    archiveChannel: (channel) => people.archiveChannel(channel),
    unarchiveChannel: (channel) => people.unarchiveChannel(channel),
    removeBot: (channel) => people.removeBot(channel),
    inviteBot: (channel) => people.inviteBot(channel),
    openAssistantThread: (user, context) => people.openAssistantThread(user, context),
    pressButton: (wish) =>
      delivery.transport.interact(blockActions({ app, random }, people.findChannel(wish.channel), wish)),
    useCommand: (wish) =>
      delivery.transport.command(slashCommand({ app, random }, people.findChannel(wish.channel), wish)),
    revokeToken({ teamId, error } = {}) {
      workspaceOf(teamId).tokenState = error ?? 'token_revoked';
    },
    setScopes(scopes, teamId) {
      workspaceOf(teamId).scopes = new Set(scopes);
    },
    emit: (event, teamId) => delivery.dispatch([{ workspace: workspaceOf(teamId), event }]),
    get mentionOrder() {
      return conversation.mentionOrder;
    },
    set mentionOrder(order) {
      conversation.mentionOrder = order;
    },
    thread(channelId, ts) {
      const { channel } = people.findChannel(channelId);
      const parent = channel.messages.get(ts);
      return [...(parent === undefined ? [] : [parent]), ...repliesOf(channel, ts)].map(presentVisible);
    },
    messages: (channelId) => [...people.findChannel(channelId).channel.messages.values()].map(presentVisible),
    statusOf(channelId, threadTs) {
      const status = people.findChannel(channelId).workspace.statuses.get(`${channelId}:${threadTs}`);
      return status === undefined || clock.now() - status.setAt >= statusLifeMs ? undefined : status.text;
    },
    onMessageChanged: (listener) => activity.onMessageChanged(listener),
    changes: (signal) => activity.changes(signal),
    history: activity.calls,
    callsOf: (method) => activity.calls.filter((call) => call.method === method),
    deliveries: activity.deliveries,
    violations: activity.violations,
    until: (description, holds, timeoutMs = 5_000) => activity.until(description, holds, timeoutMs),
    get connections() {
      return sockets.connections;
    },
    disconnectSockets: (reason) => sockets.disconnectAll(reason),
    cutSockets: () => sockets.cutAll(),
    async useRequestUrl(requestUrl) {
      const http = new EventsHttp(requestUrl, signing);
      if (!(await http.verify(random.id('', 24))))
        throw new Error(`${requestUrl} did not answer the challenge`);
      delivery.transport = http;
    },
    useSocketMode() {
      delivery.transport = sockets;
    },
  };
}
