import type { Logger } from '../logger.ts';

/**
 * Does something that only makes things quicker, without waiting for it: what it stands for is persisted, and the
 * sweeper or a heartbeat finds it when this is lost.
 */
export function ringBell({ logger }: { logger: Logger }, ring: () => Promise<unknown>): void {
  ring().catch((error: unknown) => {
    logger.warn({ err: error }, 'a doorbell was lost; the sweeper will ring it');
  });
}
