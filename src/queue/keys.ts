/** Names of our keys. What is used together shares a hash tag, so that a Redis Cluster keeps it on one node. */
export type Keys = ReturnType<typeof keysWith>;

export function keysWith(prefix: string) {
  return {
    /** BullMQ puts its queue's name in the key; the braces make all keys of its queues share a slot. */
    queuePrefix: `{${prefix}}`,
    runEvents: (runId: string) => `${prefix}:run:{${runId}}:events`,
    cancels: `${prefix}:{cancels}`,
    wake: (processId: string) => `${prefix}:wake:{${processId}}`,
    budget: (key: string) => `${prefix}:budget:{${tenantOf(key)}}:${key}`,
    members: (key: string) => `${prefix}:members:{${tenantOf(key)}}:${key}`,
  };
}

/** Budgets of one tenant of a platform are taken together: `slack:T1:chat.update` → `slack:T1`. */
function tenantOf(budgetKey: string): string {
  return budgetKey.split(':').slice(0, 2).join(':');
}
