import { StoreSetupError } from './stores.ts';
import { type SupervisedProcess, supervise } from './supervise.ts';

/** Longest wait for a store to take writes, in milliseconds; after a crash it first replays its journal. */
const READY_WITHIN_MS = 60_000;

/** What is started and how it shows that it is ready. */
export interface StorePlan {
  readonly title: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly logPath: string;
  readonly searchPath: string;
  readonly signal?: AbortSignal | undefined;
  /** Resolves when the store can be used; gives up when the signal fires. */
  readonly ready: (signal: AbortSignal) => Promise<void>;
}

/**
 * Starts a store under its supervisor and resolves when it is ready. When it ends before that, does not get
 * ready in 60 s or the start is aborted, it is stopped; rejects with StoreSetupError and the end of its log.
 */
export async function startUntilReady(plan: StorePlan): Promise<SupervisedProcess> {
  const process = supervise(plan.file, plan.args, plan);
  const giveUp = new AbortController();
  const signal = AbortSignal.any([
    giveUp.signal,
    AbortSignal.timeout(READY_WITHIN_MS),
    ...(plan.signal ? [plan.signal] : []),
  ]);
  const endedEarly = process.ended.then((code) => {
    throw new StoreSetupError(`it ended with code ${code ?? 'none'}`);
  });
  try {
    await Promise.race([plan.ready(signal), endedEarly]);
    return process;
  } catch (error) {
    giveUp.abort();
    endedEarly.catch(() => {});
    await process.stop();
    plan.signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreSetupError(
      `${plan.title} could not be started from ${plan.file}: ${reason}. Its log ends:\n${await process.lastLog()}`,
    );
  } finally {
    endedEarly.catch(() => {});
  }
}
