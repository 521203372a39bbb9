import type { Channel } from './world.ts';

/** The permission bits the fake enforces, by Discord's names. */
export const permissionBits = {
  ADD_REACTIONS: 1n << 6n,
  VIEW_CHANNEL: 1n << 10n,
  SEND_MESSAGES: 1n << 11n,
  MANAGE_CHANNELS: 1n << 4n,
  MANAGE_MESSAGES: 1n << 13n,
  EMBED_LINKS: 1n << 14n,
  ATTACH_FILES: 1n << 15n,
  READ_MESSAGE_HISTORY: 1n << 16n,
  USE_APPLICATION_COMMANDS: 1n << 31n,
  MANAGE_THREADS: 1n << 34n,
  CREATE_PUBLIC_THREADS: 1n << 35n,
  CREATE_PRIVATE_THREADS: 1n << 36n,
  SEND_MESSAGES_IN_THREADS: 1n << 38n,
};

export type Permission = keyof typeof permissionBits;

/** What a bot is usually invited with; it may neither manage channels, messages nor threads. */
export const usualPermissions: Permission[] = [
  'ADD_REACTIONS',
  'VIEW_CHANNEL',
  'SEND_MESSAGES',
  'EMBED_LINKS',
  'ATTACH_FILES',
  'READ_MESSAGE_HISTORY',
  'USE_APPLICATION_COMMANDS',
  'CREATE_PUBLIC_THREADS',
  'CREATE_PRIVATE_THREADS',
  'SEND_MESSAGES_IN_THREADS',
];

/** The bits of the named permissions, or-ed. */
export function permissionMask(names: readonly Permission[]): bigint {
  return names.reduce((mask, name) => mask | permissionBits[name], 0n);
}

/** Whether the bot has the permission in the channel (a thread asks its parent), given its role's permissions. */
export function isAllowed(role: bigint, channel: Channel, permission: Permission): boolean {
  return (role & ~channel.denied & permissionBits[permission]) !== 0n;
}
