import { z } from 'zod';
import { defineTool, type Tool } from '../tools/tool.ts';
import type { Sandbox } from './sandbox.ts';

/** As long as a model writes for one question, in UTF-16 units. */
const MAX_CODE = 20_000;

/** Lets the model compute with JavaScript that can reach nothing. */
export function runCode(sandbox: Sandbox): Tool {
  return defineTool({
    name: 'run_code',
    description:
      'Runs JavaScript and gives the value of its last expression and what it printed with console.log. Use it to calculate, count, sort or check. It has no network, no files and no modules, and two seconds.',
    input: z.object({ code: z.string().min(1).max(MAX_CODE).describe('The program.') }),
    execute: ({ code }, _scene, signal) => sandbox.evaluate(code, signal),
  });
}
