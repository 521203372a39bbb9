// What Slack allows, and what we make of it; each with the page of Slack's reference that it is read from.

/**
 * An event that is not acknowledged by then is sent again, at once, after a minute and after five.
 * @see https://docs.slack.dev/apis/events-api#responding
 */
export const ACKNOWLEDGE_WITHIN_MS = 3_000;

/**
 * Sockets that one app may hold in Socket Mode: so many receivers at most, each event goes to one of them.
 * @see https://docs.slack.dev/apis/events-api/using-socket-mode
 */
export const SOCKETS_OF_AN_APP = 10;

/**
 * Slack allows 50 calls a minute of chat.update and chat.delete for a whole workspace (tier 3). Two fewer, in a
 * window a second longer, keep us under it when calls arrive later than they were counted.
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
export const TIER_3 = { limit: 48, windowMs: 61_000 } as const;

/**
 * What previews leave free: 30 answers that end at one moment are all final within 40 s. (With previews spread
 * evenly over the window the reserve alone gives as much: 8 finals at once, the 22 others one each 1.5 s.)
 * @see promise 21: 30 streams, every final within 40 s
 */
export const ROOM_FOR_FINALS = { reserve: 8, finals: { count: 30, withinMs: 38_000 } } as const;

/**
 * One post a second in a channel; three at once are the "short burst" that Slack tolerates.
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
export const CHANNEL_POSTS = { limit: 3, windowMs: 3_000 } as const;

/**
 * Slack speaks of "several hundred a minute" for a workspace and gives no number.
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
export const WORKSPACE_POSTS = { limit: 200, windowMs: 60_000 } as const;

/**
 * Tier 3 is 50 calls a minute for each method; reading back leaves some to findPosted, which people wait for.
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
export const CALLS_A_MINUTE = 35;

/**
 * Waited after a 429 that does not say how long.
 * @see chosen: half of the minute that Slack's limits are counted in
 */
export const UNSTATED_WAIT_SECONDS = 30;

/**
 * users.info may be called 100 times a minute; names are the least urgent of its users.
 * @see https://docs.slack.dev/apis/web-api/rate-limits
 */
export const LOOKUP_SPACING_MS = 1_000;

/**
 * Slack takes 12,000 characters in a `markdown` block, but chat.update only 4,000 in `text`. Parts stay under the
 * lesser one: each can then also be sent as plain text where a workspace refuses the block, and Slack itself
 * advises 4,000.
 * @see https://docs.slack.dev/reference/methods/chat.update
 */
export const PART_LIMIT = 3_900;

/**
 * chat.update refuses longer texts.
 * @see https://docs.slack.dev/reference/methods/chat.update
 */
export const UPDATE_TEXT_LIMIT = 4_000;

/**
 * A page of a channel's or thread's history: Slack takes up to 999 and recommends no more than 200.
 * @see https://docs.slack.dev/reference/methods/conversations.history
 */
export const PAGE_SIZE = 200;

/**
 * A status clears after two minutes; it is set again before.
 * @see https://docs.slack.dev/reference/methods/assistant.threads.setStatus
 */
export const THINKING_REFRESH_MS = 90_000;

/**
 * Slack's own bound for replayed requests, here in either direction.
 * @see https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export const MAX_SKEW_SECONDS = 300;

/**
 * The largest request body. A text of 40,000 characters, the most that Slack posts, stays far below with its blocks.
 * @see https://docs.slack.dev/reference/methods/chat.postMessage
 */
export const MOST_BODY_BYTES = 1_000_000;

/**
 * The longest text of a section block.
 * @see https://docs.slack.dev/reference/block-kit/blocks/section-block
 */
export const SECTION_LIMIT = 3_000;
