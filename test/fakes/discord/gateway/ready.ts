import type { Context } from '../context.ts';
import { flagsOfApplication } from '../intents.ts';
import type { Json } from '../json.ts';
import { presentUser } from '../present.ts';
import type { Guild } from '../world.ts';
import type { Session } from './session.ts';

/** READY: who the bot is and which guilds will follow, each as unavailable until its GUILD_CREATE. */
export function readyOf(ctx: Context, session: Session, guilds: Guild[], url: string): Json {
  return {
    v: 10,
    user: { ...presentUser(ctx.world.user(ctx.botUserId)), verified: true, mfa_enabled: true, email: null },
    user_settings: {},
    private_channels: [],
    relationships: [],
    presences: [],
    guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
    guild_join_requests: [],
    session_id: session.id,
    session_type: 'normal',
    resume_gateway_url: url,
    shard: session.shard,
    application: { id: ctx.applicationId, flags: flagsOfApplication(ctx.enabledIntents()) },
    geo_ordered_rtc_regions: [],
    _trace: [],
  };
}
