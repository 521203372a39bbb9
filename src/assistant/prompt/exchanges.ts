import type { Message } from '../../core/messages/message.ts';

/** Messages that go to a model together or not at all: one, or one that asks for tools and what each of them gave. */
export type Exchange = Message[];

/**
 * The conversation in pieces that may be left out. Models refuse a call without its result and a result without its call: such
 * a call is taken out of its message, and such a result, or a message that has nothing else, left out. Pure.
 */
export function exchangesOf(messages: readonly Message[]): Exchange[] {
  const results = new Map<string, { index: number; result: Message }[]>();
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'tool' || message.toolCallId === null) continue;
    const key = callKey(message.runId, message.toolCallId);
    results.set(key, [...(results.get(key) ?? []), { index, result: message }]);
  }
  return messages.flatMap((message, index): Exchange[] => {
    if (message.role === 'tool') return [];
    if (message.toolCalls.length === 0) return [[message]];
    const answered = message.toolCalls.flatMap((call) => {
      const given = results.get(callKey(message.runId, call.id)) ?? [];
      const first = given.findIndex((each) => each.index > index);
      const [found] = first === -1 ? [] : given.splice(first, 1);
      return found === undefined ? [] : [{ call, result: found.result }];
    });
    if (answered.length === 0 && message.text === '') return [];
    const toolCalls = answered.map(({ call }) => call);
    return [[{ ...message, toolCalls }, ...answered.map(({ result }) => result)]];
  });
}

/** Some number their calls anew in each run, or even in each step: the first result that follows belongs to a call. */
function callKey(runId: string | null, callId: string): string {
  return `${runId ?? ''} ${callId}`;
}
