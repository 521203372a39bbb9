import type { App } from '@slack/bolt';
import type { Json } from './json.ts';

export type SlackPayload = { body: Json; retryNum?: number | undefined; retryReason?: string | undefined };

/**
 * Lets Bolt process a payload and answers what it wants acknowledged with. Bolt acknowledges events before its
 * listeners have run; here that call is only remembered, so the receiver acknowledges when all of them are done.
 * Rejects when a listener did; then nothing must be acknowledged.
 */
export async function processThenAck(
  app: App,
  { body, retryNum, retryReason }: SlackPayload,
): Promise<unknown> {
  let response: unknown;
  await app.processEvent({
    body,
    ack: async (answer: unknown) => {
      response ??= answer;
    },
    ...(retryNum === undefined ? {} : { retryNum }),
    ...(retryReason === undefined ? {} : { retryReason }),
  });
  return response;
}
