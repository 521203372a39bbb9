import type { Clock } from '../../../../src/core/clock.ts';
import type {
  PartAddress,
  PlatformOperation,
  PlatformWriter,
  WriteBudget,
  WriteOutcome,
} from '../../../../src/core/ports.ts';

export type PlatformMessage = { id: string; runId: string; index: number; texts: string[]; gone: boolean };

/** What becomes of a call, before it is checked: null lets it through. */
export type Fault =
  | { kind: 'limited'; waitMs: number }
  | { kind: 'failed' }
  /** Done, but the answer is lost; or not done, and the caller cannot know. */
  | { kind: 'unsure'; done: boolean };

export type MemoryPlatform = {
  writer: PlatformWriter;
  messages: PlatformMessage[];
  /** What a well-behaved caller never does. */
  violations: string[];
  calls: { operation: string; at: number }[];
  /** Texts of the run's messages that are there, by part. */
  shown(runId: string): string[];
};

export const PART_LIMIT = 120;

/** A platform at the writer's port: checks what real ones check, and answers after `latencyMs`. */
export function createMemoryPlatform(options: {
  clock: Clock;
  latencyMs: () => number;
  fault: (operation: string) => Fault | null;
  budgets?: (operation: PlatformOperation) => WriteBudget[];
}): MemoryPlatform {
  const { clock } = options;
  const messages: PlatformMessage[] = [];
  const violations: string[] = [];
  const calls: MemoryPlatform['calls'] = [];
  const inFlight = new Set<string>();
  const heldUntil = new Map<string, number>();
  const now = () => clock.now().getTime();

  async function call<T>(
    operation: PlatformOperation,
    { runId }: PartAddress,
    act: () => WriteOutcome<T>,
  ): Promise<WriteOutcome<T>> {
    calls.push({ operation, at: now() });
    if (now() < (heldUntil.get(operation) ?? 0)) violations.push(`early ${operation}`);
    if (inFlight.has(runId)) violations.push(`two writes of ${runId} at once`);
    inFlight.add(runId);
    const fault = options.fault(operation);
    await clock.sleep(options.latencyMs());
    const outcome = fault === null || (fault.kind === 'unsure' && fault.done) ? act() : null;
    await clock.sleep(options.latencyMs());
    inFlight.delete(runId);
    if (outcome !== null && (fault === null || outcome.kind !== 'done')) return outcome;
    if (fault?.kind === 'limited') heldUntil.set(operation, now() + fault.waitMs);
    if (fault?.kind === 'unsure') return { kind: 'ambiguous', sentence: 'no answer' };
    const rateLimited = fault?.kind === 'limited';
    const waitMs = fault?.kind === 'limited' ? fault.waitMs : 10;
    return { kind: 'retryable', waitMs, rateLimited, sentence: 'later' };
  }

  function check(text: string): void {
    if (text.length > PART_LIMIT) violations.push(`too long: ${text.length}`);
    if (text.trim() === '') violations.push('blank');
  }

  const existing = (id: string) => messages.find((message) => message.id === id && !message.gone);

  return {
    messages,
    violations,
    calls,
    shown: (runId) =>
      messages
        .filter((message) => message.runId === runId && !message.gone)
        .sort((a, b) => a.index - b.index)
        .map(({ texts }) => texts.at(-1) ?? ''),
    writer: {
      platform: 'slack',
      text: { limit: PART_LIMIT, format: (markdown) => markdown },
      budgets: (_origin, operation) => options.budgets?.(operation) ?? [],
      post: (address, text) =>
        call('post', address, () => {
          check(text);
          const { runId, index } = address;
          if (messages.some((one) => one.runId === runId && one.index === index && !one.gone)) {
            violations.push(`part ${index} of ${runId} posted twice`);
          }
          const id = `m${messages.length}`;
          messages.push({ id, runId, index, texts: [text], gone: false });
          return { kind: 'done', value: { messageId: id } };
        }),
      edit: (address, messageId, text) =>
        call('edit', address, () => {
          check(text);
          const message = existing(messageId);
          if (message === undefined) return { kind: 'rejected', reason: 'message_gone', sentence: 'gone' };
          message.texts.push(text);
          return { kind: 'done', value: undefined };
        }),
      remove: (address, messageId) =>
        call('remove', address, () => {
          const message = existing(messageId);
          if (message !== undefined) message.gone = true;
          return { kind: 'done', value: undefined };
        }),
      findPosted: (address) =>
        call('find', address, () => {
          const { runId, index } = address;
          const found = messages.find((one) => one.runId === runId && one.index === index && !one.gone);
          return { kind: 'done', value: found === undefined ? null : { messageId: found.id } };
        }),
    },
  };
}
