import { serveTasks } from '../process-pool/serve-tasks.ts';
import { evaluate } from './evaluate.ts';

/** Runs as a process of its own: what it evaluates may block it. */
serveTasks(async (code) => evaluate(String(code)));
