import type { Queues } from '../queue/index.ts';
import type { Database } from '../store/index.ts';
import type { Platforms } from './platforms.ts';

export type StoresUp = { mongodb: boolean; redis: boolean };

export type Readiness = {
  /** Whether each store answers now. Never rejects; takes about 2 s at most. */
  storesUp(): Promise<StoresUp>;
  /** Names for people of what is not ready; empty when all is. */
  notReady(): Promise<string[]>;
};

/** What this process needs to do its work. */
export function createReadiness(parts: {
  database: Database;
  queues: Queues;
  platforms: Platforms;
}): Readiness {
  const { database, queues, platforms } = parts;
  const answers = (asked: Promise<unknown>) =>
    asked.then(
      () => true,
      () => false,
    );

  async function storesUp(): Promise<StoresUp> {
    const [mongodb, redis] = await Promise.all([
      answers(database.ping()),
      answers(queues.connections.commands.ping()),
    ]);
    return { mongodb, redis };
  }

  return {
    storesUp,
    async notReady() {
      const { mongodb, redis } = await storesUp();
      return [...(mongodb ? [] : ['MongoDB']), ...(redis ? [] : ['Redis']), ...platforms.notReady()];
    },
  };
}
