import type { SlackFake } from '../fakes/slack/index.ts';
import type { Database } from '../../src/store/index.ts';

/** What people saw of a number of answers that were streamed at once. */
export type Streamed = {
  /** From the end of the run to the platform's answer to the final text, on the service's clock; one of each answer. */
  finalAfterEndMs: number[];
  /** The longest time for which an answer that was being made did not grow; one of each answer. */
  longestGapMs: number[];
  edits: number;
};

/** Asks in `count` new threads, spread over `withinMs` and over channels, and waits until every answer is whole. */
export async function streamAnswers(
  slack: SlackFake,
  database: Database,
  channels: readonly string[],
  user: string,
  { count, withinMs, timeoutMs }: { count: number; withinMs: number; timeoutMs: number },
): Promise<Streamed> {
  const { deliveries } = database.models;
  const since = new Date();
  const grewAt = new Map<string, number[]>();
  const unsubscribe = slack.onMessageChanged(({ message }) => {
    if (message.botId === undefined) return;
    const times = grewAt.get(message.ts) ?? [];
    times.push(performance.now());
    grewAt.set(message.ts, times);
  });
  try {
    for (let index = 0; index < count; index += 1) {
      slack.say({ channel: channels[index % channels.length] ?? '', user, text: `question ${index}` });
      if (withinMs > 0) await pause(withinMs / count);
    }
    const deadline = Date.now() + timeoutMs;
    const ended = { createdAt: { $gte: since }, status: { $in: ['done', 'failed'] } } as const;
    for (let done = 0; done < count; done = await deliveries.countDocuments(ended)) {
      if (Date.now() > deadline) throw new Error(`${count - done} of ${count} answers did not become whole`);
      await pause(count > 10 ? 250 : 10);
    }
    const documents = await deliveries.find(ended).lean();
    const failed = documents.filter(({ status }) => status === 'failed');
    if (failed.length > 0) throw new Error(`${failed.length} deliveries failed: ${failed[0]?.reason}`);
    const times = [...grewAt.values()];
    return {
      finalAfterEndMs: documents.map(({ finalAt, runEndedAt }) => Number(finalAt) - Number(runEndedAt)),
      longestGapMs: times.map(longestGap),
      edits: times.reduce((sum, each) => sum + each.length - 1, 0),
    };
  } finally {
    unsubscribe();
  }
}

function longestGap(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((at, index) => at - (times[index] ?? at)));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
