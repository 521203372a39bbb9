/**
 * The part of a bot's guilds that one session is told of: shard `index`, from 0, of `count`. Discord decides by the guild's
 * id, `(id >> 22) % count` (https://docs.discord.com/developers/events/gateway#sharding), and sends READY, GUILD_CREATE
 * and all that follows for those guilds alone; so the backfill, which follows GUILD_CREATE, reads no others either.
 */
export type Shard = { readonly index: number; readonly count: number };

/** One session for everything: how a bot in fewer than 2,500 guilds begins. */
export const ALL_GUILDS: Shard = { index: 0, count: 1 };

/** Direct messages belong to no guild; Discord tells the first shard of them. */
export function takesDirectMessages({ index }: Shard): boolean {
  return index === 0;
}
