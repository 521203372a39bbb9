/** Gateway intent bits by Discord's names. */
export const intentBits = {
  GUILDS: 1 << 0,
  GUILD_MEMBERS: 1 << 1,
  GUILD_PRESENCES: 1 << 8,
  GUILD_MESSAGES: 1 << 9,
  GUILD_MESSAGE_REACTIONS: 1 << 10,
  GUILD_MESSAGE_TYPING: 1 << 11,
  DIRECT_MESSAGES: 1 << 12,
  DIRECT_MESSAGE_REACTIONS: 1 << 13,
  DIRECT_MESSAGE_TYPING: 1 << 14,
  MESSAGE_CONTENT: 1 << 15,
};

/** The intents that must be switched on in the developer portal; asking for another closes with 4014. */
export type PrivilegedIntent = 'GUILD_MEMBERS' | 'GUILD_PRESENCES' | 'MESSAGE_CONTENT';
const privileged: PrivilegedIntent[] = ['GUILD_MEMBERS', 'GUILD_PRESENCES', 'MESSAGE_CONTENT'];

/** Application flags of a bot in fewer than 100 servers (the `_LIMITED` ones). */
const applicationFlags: Record<PrivilegedIntent, number> = {
  GUILD_PRESENCES: 1 << 13,
  GUILD_MEMBERS: 1 << 15,
  MESSAGE_CONTENT: 1 << 19,
};

/** The `flags` of the application object that tell which privileged intents are on. */
export function flagsOfApplication(enabled: readonly PrivilegedIntent[]): number {
  return enabled.reduce((flags, name) => flags | applicationFlags[name], 0);
}

/** Whether the bits ask for a privileged intent that is not on. */
export function asksForDisallowed(intents: number, enabled: readonly PrivilegedIntent[]): boolean {
  return privileged.some((name) => (intents & intentBits[name]) !== 0 && !enabled.includes(name));
}

/** The bit a session needs to receive the event; 0 when everybody does. */
export function requiredIntent(type: string, inGuild: boolean): number {
  if (type === 'TYPING_START') {
    return inGuild ? intentBits.GUILD_MESSAGE_TYPING : intentBits.DIRECT_MESSAGE_TYPING;
  }
  if (type.startsWith('MESSAGE_REACTION')) {
    return inGuild ? intentBits.GUILD_MESSAGE_REACTIONS : intentBits.DIRECT_MESSAGE_REACTIONS;
  }
  if (type.startsWith('MESSAGE_')) return inGuild ? intentBits.GUILD_MESSAGES : intentBits.DIRECT_MESSAGES;
  if (type.startsWith('GUILD_MEMBER') || type === 'THREAD_MEMBERS_UPDATE') return intentBits.GUILD_MEMBERS;
  if (type === 'INTERACTION_CREATE') return 0;
  return intentBits.GUILDS;
}
