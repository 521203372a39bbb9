/** First part of all keys in Redis, so that other programs can share a server. */
export const REDIS_PREFIX = 'threadrelay';
