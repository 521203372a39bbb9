import { Redis } from 'ioredis';
import type { RelayService } from '../../fixtures/relay-service.ts';

/**
 * Forgets what was written to the platforms, as a minute without writes would: for tests of many conversations whose
 * matter is not the limits, and which would wait for them most of their time. The fakes must not enforce them.
 */
export async function emptyBudgets({ environment }: Pick<RelayService, 'environment'>): Promise<void> {
  const redis = new Redis(environment['REDIS_URL'] ?? '');
  const keys = await redis.keys(`${environment['REDIS_PREFIX']}:budget:*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}
