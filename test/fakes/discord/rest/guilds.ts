import { refusals } from '../api-error.ts';
import type { Context } from '../context.ts';
import { asStrings } from '../json.ts';
import { presentChannel, presentGuild, presentMember, presentUser } from '../present.ts';
import { openDm } from '../dm.ts';
import { sees, visibleGuild } from './access.ts';
import type { Call, Reply, Route } from './route.ts';
import { param } from './route.ts';
import { presentThreads } from './threads.ts';

function getGuild(ctx: Context, call: Call): Reply {
  return { status: 200, body: presentGuild(ctx, visibleGuild(ctx, param(call, 'guild'))) };
}

function listChannels(ctx: Context, call: Call): Reply {
  const guild = visibleGuild(ctx, param(call, 'guild'));
  const channels = [...ctx.world.channels.values()].filter((c) => c.guildId === guild.id && !c.thread);
  return { status: 200, body: channels.map((channel) => presentChannel(ctx, channel)) };
}

function listActive(ctx: Context, call: Call): Reply {
  const guild = visibleGuild(ctx, param(call, 'guild'));
  const threads = ctx.world.activeThreads(guild.id).filter((thread) => sees(ctx, thread));
  return { status: 200, body: presentThreads(ctx, threads) };
}

function getMember(ctx: Context, call: Call): Reply {
  const guild = visibleGuild(ctx, param(call, 'guild'));
  const user = ctx.world.users.get(param(call, 'user'));
  if (!user) throw refusals.unknownMember();
  return { status: 200, body: presentMember(ctx, guild, user) };
}

function getUser(ctx: Context, call: Call): Reply {
  const id = param(call, 'user');
  const user = ctx.world.users.get(id === '@me' ? ctx.botUserId : id);
  if (!user) throw refusals.unknownUser();
  return {
    status: 200,
    body: { ...presentUser(user), ...(id === '@me' && { verified: true, mfa_enabled: true }) },
  };
}

function createDm(ctx: Context, call: Call): Reply {
  const id = call.body['recipient_id'] ?? asStrings(call.body['recipients'])[0];
  const user = typeof id === 'string' ? ctx.world.users.get(id) : undefined;
  if (!user) throw refusals.unknownUser();
  if (user.id === ctx.botUserId) throw refusals.cannotMessageUser();
  return { status: 200, body: presentChannel(ctx, openDm(ctx, user.id)) };
}

export const guildRoutes: Route[] = [
  { method: 'GET', template: '/guilds/:guild', handle: getGuild },
  { method: 'GET', template: '/guilds/:guild/channels', handle: listChannels },
  { method: 'GET', template: '/guilds/:guild/threads/active', handle: listActive },
  { method: 'GET', template: '/guilds/:guild/members/:user', handle: getMember },
  { method: 'POST', template: '/users/@me/channels', handle: createDm },
  { method: 'GET', template: '/users/:user', handle: getUser },
];
