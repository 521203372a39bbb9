import { parentPort } from 'node:worker_threads';
import { evaluate } from './evaluate.ts';

/** Runs in a thread of its own: what it evaluates may block it. */
parentPort?.on('message', (code: unknown) => {
  void evaluate(String(code)).then((evaluated) => parentPort?.postMessage(evaluated));
});
