import { TIMINGS } from '../../../src/core/timings.ts';
import { createSweeper } from '../../../src/workers/sweeper/sweeper.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { type RunEngine, startRunEngine } from '../../fixtures/run-engine.ts';

/** What two processes have that take events in, execute and sweep, with the timings of production. */
export type Engines = { first: RunEngine; second: RunEngine; close(): Promise<void> };

/** Long enough that a fault finds some runs waiting, some executing and some done. */
const SCRIPT = { delayMs: 40, reply: 'You said: {{text}}', chunk: 8 };

export async function startEngines(place: {
  mongodbUri: string;
  redis: { url: string; prefix: string };
}): Promise<Engines> {
  const stops: (() => Promise<void>)[] = [];
  async function start(): Promise<RunEngine> {
    const engine = await startRunEngine({ ...place, timings: TIMINGS, script: SCRIPT });
    engine.addWorker();
    const { stores, queues } = engine;
    const sweeper = createSweeper({
      runs: stores.runs,
      directory: stores.directory,
      threads: stores.threads,
      leftTransactions: stores.leftTransactions,
      doorbells: queues.doorbells,
      // Nobody relays here, so all deliveries are overdue; ringing them would only make the machine slow.
      deliveries: { ...stores.deliveries, overdue: async () => [] },
      clock: systemClock,
      random: Math.random,
      timings: TIMINGS,
      logger: silentLogger,
    });
    stops.push(async () => {
      await sweeper.stop();
      await engine.close();
    });
    return engine;
  }
  const [first, second] = await Promise.all([start(), start()]);
  return {
    first,
    second,
    async close() {
      await Promise.all(stops.map((stop) => stop()));
    },
  };
}
