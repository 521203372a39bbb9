/**
 * Names of our keys. What one command or script uses together shares a hash tag, so that a Redis Cluster keeps it in one
 * slot, and what is not shares none, so that it spreads (docs/scaling.md).
 */
export type Keys = ReturnType<typeof keysWith>;

/**
 * Streams are spread over so many tags. A process in a cluster reads each with a connection of its own, as one blocking
 * read must keep to one slot: more lanes spread better and cost connections. Each process must have the same number.
 */
export const STREAM_LANES = 8;

export function keysWith(prefix: string) {
  const lane = (index: number) => `{${prefix}:${index}}`;
  return {
    /** BullMQ puts its queue's name in the key; the braces make all keys of its queues share a slot. */
    queuePrefix: `{${prefix}}`,
    runEvents: (runId: string) => `${lane(laneOf(runId))}:run:${runId}:events`,
    cancels: `${lane(0)}:cancels`,
    /** Read along with the streams of a tag. */
    wake: (tag: string, processId: string) => `{${tag}}:wake:${processId}`,
    /** Before the name of who asks: each counts by itself, so they spread. */
    requests: `${prefix}:requests`,
    budget: (key: string) => `${prefix}:budget:{${tenantOf(key)}}:${key}`,
    members: (key: string) => `${prefix}:members:{${tenantOf(key)}}:${key}`,
  };
}

/** What stands in the braces of a key, by which a cluster chooses its slot. */
export function hashTagOf(key: string): string {
  return /\{([^}]+)\}/.exec(key)?.[1] ?? key;
}

function laneOf(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 65_536;
  return sum % STREAM_LANES;
}

/** Budgets of one tenant of a platform are taken together: `slack:T1:chat.update` → `slack:T1`. */
function tenantOf(budgetKey: string): string {
  return budgetKey.split(':').slice(0, 2).join(':');
}
