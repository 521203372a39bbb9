import { Client } from '@langchain/langgraph-sdk';
import { expect } from 'vitest';
import type { ApiService } from '../../fixtures/api-service.ts';

export type State = { messages: SdkMessage[]; [key: string]: unknown };

export type SdkMessage = { type: string; id: string; content: string; [key: string]: unknown };

/** A frame as the client yields it. */
export type Frame = { id?: string; event: string; data: unknown };

/**
 * The official client with the key of a project (the write key of `default` unless given). It repeats nothing on its own,
 * so that what the API answers at first is what a test sees.
 */
export function sdkClient(
  api: ApiService,
  { key = api.keys.default.write, url = api.url }: { key?: string; url?: string } = {},
): Client<State> {
  return new Client<State>({ apiUrl: url, apiKey: key, callerOptions: { maxRetries: 0 } });
}

/** All that a stream of the client yields, in order. `see` is told of each frame as it comes. */
export async function framesOf(
  stream: AsyncIterable<unknown>,
  see: (frame: Frame, index: number) => unknown = () => {},
): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of stream) {
    frames.push(frame as Frame);
    await see(frame as Frame, frames.length - 1);
  }
  return frames;
}

/** The status with which the client rejects. */
export function refusedWith(status: number) {
  return expect.objectContaining({ name: 'Error', status });
}

export const textsOf = (state: State) => state.messages.map(({ type, content }) => `${type}: ${content}`);

export const says = (content: string, id?: string) => ({
  messages: [{ type: 'human', content, ...(id === undefined ? {} : { id }) }],
});

export const dataOf = (frames: readonly Frame[], event: string) =>
  frames.filter((frame) => frame.event === event).map(({ data }) => data);

/** What a client puts together of the chunks of messages, by their ids. */
export function gathered(frames: readonly Frame[]): (readonly [string, string])[] {
  const texts = new Map<string, string>();
  for (const [{ id, type, content }] of dataOf(frames, 'messages') as [SdkMessage][]) {
    texts.set(id, type === 'AIMessageChunk' ? (texts.get(id) ?? '') + content : content);
  }
  return [...texts];
}
