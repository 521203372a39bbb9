// What Discord allows, and what we make of it; each with the page of Discord's reference that it is read from.

/**
 * Writes of one kind to one channel in `ROUTE_WINDOW_MS`. Route limits are unpublished; 5 in 5 s is what the
 * headers usually say.
 * @see https://docs.discord.com/developers/topics/rate-limits
 */
export const ROUTE_LIMIT = 5;

/**
 * The window of `ROUTE_LIMIT`.
 * @see https://docs.discord.com/developers/topics/rate-limits
 */
export const ROUTE_WINDOW_MS = 5_000;

/**
 * Writes of the whole bot in a second. Discord allows 50 requests; 5 stay for backfill and reads, which take no
 * budget.
 * @see https://docs.discord.com/developers/topics/rate-limits
 */
export const GLOBAL_LIMIT = 45;

/**
 * What of `GLOBAL_LIMIT` previews leave to posts and finals.
 * @see chosen: ten answers may end in the same second
 */
export const GLOBAL_RESERVE = 10;

/**
 * What of `ROUTE_LIMIT` previews leave to finals.
 * @see chosen: an answer that ends has its final and one repeat
 */
export const RESERVES = { post: 0, edit: 2, remove: 0 };

/**
 * Discord refuses longer messages. It counts characters, so UTF-16 units are never too few.
 * @see https://docs.discord.com/developers/resources/message#create-message
 */
export const MESSAGE_LIMIT = 2_000;

/**
 * Discord takes thread names of 1 to 100 characters.
 * @see https://docs.discord.com/developers/resources/channel#channel-object
 */
export const NAME_LIMIT = 100;

/**
 * Discord takes nonces of at most 25 characters; 24 base64url digits are 144 bits.
 * @see https://docs.discord.com/developers/resources/message#create-message
 */
export const NONCE_LENGTH = 24;

/**
 * Messages in one page of a channel, the most that Discord gives.
 * @see https://docs.discord.com/developers/resources/message#get-channel-messages
 */
export const PAGE = 100;

/**
 * Discord shows typing for ten seconds; two are left for the way.
 * @see https://docs.discord.com/developers/resources/channel#trigger-typing-indicator
 */
export const TYPING_REFRESH_MS = 8_000;
