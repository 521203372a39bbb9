import { invalidForm, refusals } from '../api-error.ts';
import type { Context } from '../context.ts';
import type { Json } from '../json.ts';
import { asObjects } from '../json.ts';
import { presentApplication } from '../present.ts';
import { visibleGuild } from './access.ts';
import type { Call, Reply, Route } from './route.ts';
import { param } from './route.ts';

const maxCommands = 100;

function getApplication(ctx: Context): Reply {
  return { status: 200, body: presentApplication(ctx) };
}

function checkCommand(command: Json, index: number): void {
  const name = command['name'];
  const isChatInput = command['type'] === undefined || command['type'] === 1;
  if (typeof name !== 'string' || name.length < 1 || name.length > 32) {
    throw invalidForm(`${index}.name`, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 32 in length.');
  }
  if (isChatInput && (!/^[-_'\p{L}\p{N}]{1,32}$/u.test(name) || name !== name.toLowerCase())) {
    throw invalidForm(`${index}.name`, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
  }
  const description = command['description'];
  if (
    isChatInput &&
    (typeof description !== 'string' || description.length < 1 || description.length > 100)
  ) {
    throw invalidForm(`${index}.description`, 'BASE_TYPE_BAD_LENGTH', 'Must be between 1 and 100 in length.');
  }
}

function putCommands(ctx: Context, call: Call): Reply {
  if (param(call, 'application') !== ctx.applicationId) throw refusals.unknownApplication();
  const guild = call.params['guild'];
  if (guild !== undefined) visibleGuild(ctx, guild);
  if (!Array.isArray(call.value)) {
    throw invalidForm('_errors', 'LIST_TYPE_CONVERT', 'Only iterables may be used in a ListType');
  }
  const commands = asObjects(call.value);
  if (commands.length > maxCommands) {
    throw invalidForm('_errors', 'APPLICATION_COMMANDS_TOO_MANY', 'Maximum number of commands reached');
  }
  commands.forEach(checkCommand);
  const body = commands.map((command) => ({
    type: 1,
    options: [],
    default_member_permissions: null,
    nsfw: false,
    ...command,
    id: ctx.nextId(),
    application_id: ctx.applicationId,
    version: ctx.nextId(),
    ...(guild !== undefined && { guild_id: guild }),
  }));
  return { status: 200, body };
}

export const applicationRoutes: Route[] = [
  { method: 'GET', template: '/applications/@me', handle: getApplication },
  { method: 'GET', template: '/oauth2/applications/@me', handle: getApplication },
  { method: 'PUT', template: '/applications/:application/commands', handle: putCommands },
  { method: 'PUT', template: '/applications/:application/guilds/:guild/commands', handle: putCommands },
];
