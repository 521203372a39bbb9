export type Platform = 'slack' | 'discord';

/** Where a thread lives on a platform. Slack: team, channel, thread_ts. Discord: guild (or `@me`), parent channel, thread id. */
export type Origin = {
  platform: Platform;
  tenant: string;
  channel: string;
  thread: string;
};

/** The one text form of an origin: the `_id` of its mapping to a thread. Platform ids hold no `:`. */
export function originKey(origin: Origin): string {
  return `${origin.platform}:${origin.tenant}:${origin.channel}:${origin.thread}`;
}
