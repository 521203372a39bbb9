import { isDeepStrictEqual } from 'node:util';
import type { Origin } from '../../src/core/origin.ts';
import { DOCS_LINK } from '../fixtures/fill-docs.ts';
import type { Answer, ReadBack } from './read-back.ts';

/** A conversation in the words of `npm run demo -- --json`. */
export type ConversationReport = {
  platform: Origin['platform'];
  thread_id: string;
  origin: Origin;
  /** Of the first run; those that follow in the thread are checked to have taken one too. */
  route: { rule: string; why: string };
  workflow: string;
  /** Stored messages of the thread. */
  messages: number;
  /** Edits of all its answers. */
  edits: number;
  /** Of its slowest answer: from the end of the run until the platform had accepted the whole final text. */
  last_token_to_final_ms: number;
  final_equals_stored: boolean;
};

export function conversationReport({ thread, messages, answers, strays }: ReadBack): ConversationReport {
  const [first] = answers;
  return {
    platform: thread.origin.platform,
    thread_id: thread.id,
    origin: thread.origin,
    route: { rule: first?.run.route?.rule ?? '', why: first?.run.route?.why ?? '' },
    workflow: first?.run.workflow ?? '',
    messages: messages.length,
    edits: answers.reduce((sum, { delivery }) => sum + delivery.edits, 0),
    last_token_to_final_ms: Math.max(0, ...answers.map((answer) => lastTokenToFinalMs(answer) ?? 0)),
    final_equals_stored: strays.length === 0 && answers.every(isShownAsStored),
  };
}

/** Milliseconds, or null when the run or its delivery has not ended. */
export function lastTokenToFinalMs({ run, delivery }: Answer): number | null {
  if (run.endedAt === null || delivery.finalAt === null) return null;
  return delivery.finalAt.getTime() - run.endedAt.getTime();
}

export function isShownAsStored({ stored, shown }: Answer): boolean {
  return stored.length > 0 && isDeepStrictEqual(stored, shown);
}

/** What is wrong with a conversation in which so many questions were asked, in sentences; empty when all is well. */
export function faultsOf({ thread, messages, answers, strays }: ReadBack, questions: number): string[] {
  const where = `On ${thread.origin.platform}`;
  const faults: string[] = [];
  if (answers.length !== questions)
    faults.push(`${where} ${questions} questions made ${answers.length} runs.`);
  if (messages.length !== 2 * questions)
    faults.push(`${where} the thread has ${messages.length} messages instead of ${2 * questions}.`);
  if (strays.length > 0)
    faults.push(`${where} the bot left ${strays.length} messages that belong to no answer.`);
  for (const answer of answers) {
    const { run, delivery } = answer;
    if (run.status !== 'succeeded')
      faults.push(`${where} a run ended as ${run.status}: ${run.error?.message}`);
    if (run.route === null) faults.push(`${where} a run does not say which route it took.`);
    if (delivery.status !== 'done')
      faults.push(`${where} a delivery ended as ${delivery.status}: ${delivery.reason}.`);
    if (delivery.edits < 2) faults.push(`${where} an answer did not grow: it had ${delivery.edits} edits.`);
    if (!answer.stored.join('\n').includes(DOCS_LINK)) faults.push(`${where} an answer names no source.`);
    if (!isShownAsStored(answer)) faults.push(`${where} an answer does not read as it is stored.`);
  }
  return faults;
}
