export { createDiscordAdapter, createDiscordRelay } from './adapter.ts';
export type { DiscordAdapter, DiscordAdapterOptions } from './adapter.ts';
export { createDiscordAttachments } from './attachments.ts';
export { checkDiscord } from './check-discord.ts';
