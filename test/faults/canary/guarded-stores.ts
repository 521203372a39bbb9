import { Redis } from 'ioredis';
import { mongo } from 'mongoose';
import { type PrivateStore, startPrivateMongodb, startPrivateRedis } from '../../fixtures/private-stores.ts';

/** A MongoDB and a Redis that know a user `canary` with a password. */
export type GuardedStores = {
  mongodb: PrivateStore;
  redis: PrivateStore;
  /** The address with the user and this password. */
  mongodbUri(password: string): string;
  redisUrl(password: string): string;
  /** Once more after Redis was restarted: it forgets its users. */
  addRedisUser(): Promise<void>;
  stop(): Promise<void>;
};

export async function startGuardedStores(passwords: {
  mongodb: string;
  redis: string;
}): Promise<GuardedStores> {
  const [mongodb, redis] = await Promise.all([startPrivateMongodb(), startPrivateRedis()]);
  const client = await mongo.MongoClient.connect(mongodb.url);
  await client.db('admin').command({ createUser: 'canary', pwd: passwords.mongodb, roles: ['root'] });
  await client.close();
  const addRedisUser = async () => {
    const admin = new Redis(redis.url);
    await admin.call('ACL', 'SETUSER', 'canary', 'on', `>${passwords.redis}`, '~*', '&*', '+@all');
    admin.disconnect();
  };
  await addRedisUser();
  return {
    mongodb,
    redis,
    addRedisUser,
    mongodbUri(password) {
      const [, hosts = '', query = ''] = /^mongodb:\/\/([^/?]+)\/?[^?]*\??(.*)$/.exec(mongodb.url) ?? [];
      return `mongodb://canary:${encodeURIComponent(password)}@${hosts}/canary?authSource=admin&${query}`;
    },
    redisUrl(password) {
      const url = new URL(redis.url);
      url.username = 'canary';
      url.password = encodeURIComponent(password);
      return url.href;
    },
    async stop() {
      await Promise.all([mongodb.stop(), redis.stop()]);
    },
  };
}
