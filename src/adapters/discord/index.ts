export { createDiscordAdapter, createDiscordRelay } from './adapter.ts';
export type {
  DiscordAdapter,
  DiscordAdapterOptions,
  DiscordConnection,
  DiscordIdentity,
} from './adapter.ts';
export { checkDiscord } from './check-discord.ts';
export type { DiscordCheck } from './check-discord.ts';
