import type { WebClient } from '@slack/web-api';
import type { PartAddress, WriteOutcome } from '../../core/ports.ts';
import { objectsOf, stringOf } from './json.ts';
import { isPart } from './part-metadata.ts';
import { dateToTs, isTs } from './timestamp.ts';
import { outcomeOfError } from './write-outcome.ts';
import { PAGE_SIZE } from './limits.ts';

/** One page holds most threads whole; ten are more than people write below one question. */
const MOST_PAGES = 10;

/** How far Slack's clock and ours may be apart. */
const CLOCK_SKEW_MS = 600_000;

/**
 * Reads back whether a part was posted. The thread is read from the message that the part answers (or from the time in
 * the run's id) onwards, so that long threads cost one page. `ambiguous` when the thread could not be read to its end.
 */
export async function findPosted(
  client: WebClient,
  address: PartAddress,
): Promise<WriteOutcome<{ messageId: string } | null>> {
  const { origin, runId, index } = address;
  const oldest = searchStart(address);
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    let answer: Awaited<ReturnType<typeof client.conversations.replies>>;
    try {
      answer = await client.conversations.replies({
        channel: origin.channel,
        ts: origin.thread,
        include_all_metadata: true,
        limit: PAGE_SIZE,
        ...(oldest === undefined ? {} : { oldest }),
        ...(cursor === undefined ? {} : { cursor }),
      });
    } catch (error) {
      return outcomeOfError(error, 'repeatable');
    }
    const found = objectsOf(answer.messages).find((message) => isPart(message, runId, index));
    const messageId = stringOf(found?.['ts']);
    if (messageId !== undefined) return { kind: 'done', value: { messageId } };
    cursor = stringOf(answer.response_metadata?.next_cursor);
    if (answer.has_more !== true || cursor === undefined) return { kind: 'done', value: null };
  }
  return { kind: 'ambiguous', sentence: 'The Slack thread is too long to look for the message.' };
}

function searchStart({ replyTo, runId }: PartAddress): string | undefined {
  if (isTs(replyTo)) return replyTo;
  const bornAt = bornAtOf(runId);
  return bornAt === undefined ? undefined : dateToTs(new Date(bornAt.getTime() - CLOCK_SKEW_MS));
}

/** The time in a version 7 UUID, or undefined for other ids. */
function bornAtOf(id: string): Date | undefined {
  const [, high, low] =
    /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.exec(id) ?? [];
  if (high === undefined || low === undefined) return undefined;
  return new Date(Number.parseInt(high + low, 16));
}
