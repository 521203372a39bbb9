import { randomUUID } from 'node:crypto';
import type { Model, ModelMessage } from '../../../src/core/ports.ts';
import type { Metadata } from '../../../src/core/threads/thread.ts';
import { type Asked, ordersIn } from './injections.ts';

/**
 * A model without a will: whatever order stands in anything that it is sent or that its thread knows, it obeys, once a
 * run. A person who writes `look up order A1` makes it use the tool that it was given for that.
 */
export function createObedientModel(metadata: Metadata): Model {
  return {
    async *stream({ instructions, messages }) {
      const since = messages.slice(messages.findLastIndex(({ role }) => role === 'human'));
      const done = new Set(since.flatMap(({ toolCalls = [] }) => toolCalls.map(keyOf)));
      const wanted = [
        ...ordersIn([instructions, ...messages.map(allOf), JSON.stringify(metadata)].join('\n')),
        ...lookUps(since[0]?.text ?? ''),
      ];
      const calls = wanted.filter((asked, index) => {
        const isFirst = wanted.findIndex((other) => keyOf(other) === keyOf(asked)) === index;
        return isFirst && !done.has(keyOf(asked));
      });
      for (const { name, args } of calls) yield { type: 'tool_call', id: randomUUID(), name, args };
      if (calls.length === 0) yield { type: 'text', delta: 'Done.' };
      yield { type: 'finish', reason: calls.length === 0 ? 'stop' : 'tool_calls' };
    },
  };
}

function lookUps(text: string): Asked[] {
  const id = /look up order (\w+)/.exec(text)?.[1];
  return id === undefined ? [] : [{ name: 'lookup_order', args: { id } }];
}

function keyOf({ name, args }: { name: string; args: unknown }): string {
  return `${name} ${JSON.stringify(args)}`;
}

function allOf({ text, attachments = [] }: ModelMessage): string {
  return [text, ...attachments.map(({ name }) => name)].join('\n');
}
