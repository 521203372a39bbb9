import type { z } from 'zod';
import { APPROVAL_HOURS, type ApprovalNeed } from '../../core/approval/approval.ts';
import { ThreadrelayError } from '../../core/errors.ts';
import { type Logger, silentLogger } from '../../core/logger.ts';
import type { RunScene, Toolbox, ToolOutcome } from '../../core/ports.ts';
import { boundedResult } from './bounded-result.ts';
import { type Tool, type ToolSource } from './tool.ts';
import { withinTime } from './within-time.ts';

/** A person waits for the answer meanwhile; a tool that takes longer says so with `timeoutMs`. */
const DEFAULT_TIMEOUT_MS = 30_000;
/** Faults of arguments that are told at once; a model mends a few at a time. */
const FAULTS_TOLD = 5;

export type ToolboxParts = {
  logger?: Logger;
  /** Blots secrets out of what a tool gives or complains of. */
  withoutSecrets?: (text: string) => string;
};

/**
 * The tools of one run. Arguments are checked, calls end in time, results are cut to a bound, and what fails is an outcome
 * that a model can act on: one sentence, without a stack trace and without secrets. Of two tools with one name the first
 * counts.
 */
export function createToolbox(
  tools: readonly Tool[] | ToolSource,
  scene: RunScene,
  { logger = silentLogger, withoutSecrets = (text) => text }: ToolboxParts = {},
): Toolbox {
  let loaded: Promise<ReadonlyMap<string, Tool>> | null = null;
  const load = (signal: AbortSignal) =>
    (loaded ??= (typeof tools === 'function' ? tools(scene, signal) : Promise.resolve(tools)).then(byName));
  const failure = (sentence: string): ToolOutcome => ({
    ...boundedResult(sentence, withoutSecrets),
    isError: true,
  });

  return {
    async list(signal) {
      const known = await load(signal);
      return [...known.values()].map(({ name, description, inputSchema, needsApproval }) => ({
        name,
        description,
        inputSchema,
        ...(needsApproval === undefined ? {} : { needsApproval: needOf(needsApproval) }),
      }));
    },
    async call({ name, args }, signal) {
      const known = await load(signal);
      const tool = known.get(name);
      if (tool === undefined) return failure(noSuchTool(name, [...known.keys()]));
      const parsed = await tool.input.safeParseAsync(args);
      if (!parsed.success) return failure(faultySentence(name, parsed.error));
      const timeoutMs = tool.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      try {
        const result = await withinTime(
          (inTime) => tool.execute(parsed.data, scene, inTime),
          timeoutMs,
          signal,
        );
        if (result === 'timed_out') {
          return failure(`"${name}" did not answer within ${timeoutMs / 1_000} s.`);
        }
        return { ...boundedResult(result.value, withoutSecrets), isError: false };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ThreadrelayError) return failure(error.message);
        logger.warn(
          { runId: scene.run.id, threadId: scene.thread.id, tool: name, err: error },
          'a tool failed',
        );
        return failure(`"${name}" failed.`);
      }
    },
  };
}

function needOf(need: NonNullable<Tool['needsApproval']>): ApprovalNeed {
  return need === true ? { by: null, hours: APPROVAL_HOURS } : need;
}

function byName(tools: readonly Tool[]): ReadonlyMap<string, Tool> {
  const known = new Map<string, Tool>();
  for (const tool of tools) if (!known.has(tool.name)) known.set(tool.name, tool);
  return known;
}

function noSuchTool(name: string, known: readonly string[]): string {
  const which = known.length === 0 ? 'There are none here.' : `There are: ${known.join(', ')}.`;
  return `There is no tool "${name}". ${which}`;
}

function faultySentence(name: string, { issues }: z.ZodError): string {
  const faults = issues
    .slice(0, FAULTS_TOLD)
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  return `The arguments of "${name}" do not fit: ${faults.join('; ')}. Mend them and call it again.`;
}
