import { issueKey } from '../../src/app/keys/issue-key.ts';
import type { Origin } from '../../src/core/origin.ts';
import { apiClient, type ListedThread, type StreamedRun, type ThreadState } from './api-client.ts';
import { isShownAsStored } from './conversation-report.ts';
import { DemoFailure } from './demo-failure.ts';
import type { DemoService } from './demo-service.ts';
import type { Platforms } from './people.ts';
import { readBack } from './read-back.ts';
import type { ServerSentEvent } from './server-sent-events.ts';
import { until } from './until.ts';

/** What a program saw of a person's conversation, and of the question it asked there itself. */
export type ApiResult = {
  threads: ListedThread[];
  state: ThreadState;
  history: ThreadState[];
  streamed: StreamedRun;
  /** Pieces, final state and stored message say the same, and the platform shows it. */
  finalEqualsStored: boolean;
};

/** What the demo tells of it while it runs. */
export type ApiListener = {
  threads(threads: ListedThread[]): void;
  state(threadId: string, state: ThreadState): void;
  history(threadId: string, history: ThreadState[]): void;
  /** The question that is about to be asked in the thread. */
  asks(threadId: string, question: string): void;
  event(event: ServerSentEvent): void;
};

const QUESTION = 'A program asks: how is the stream of a run resumed after a lost connection?';
const DELIVERED_WITHIN_MS = 20_000;

/**
 * Looks at the conversation through the API, as a program with a key would, and asks one question more in it. Its answer
 * is streamed to the program and appears on the platform as well. @throws DemoFailure, and the signal's reason
 */
export async function showApi(
  demo: DemoService,
  platforms: Platforms,
  origin: Origin,
  listener: ApiListener,
  signal: AbortSignal,
): Promise<ApiResult> {
  const { secret } = await issueKey(demo.stores.keys, { projectId: 'default', scope: 'write', name: 'demo' });
  const client = apiClient(demo.service.url, secret, signal);
  const threads = await client.threads();
  listener.threads(threads);
  const thread = threads.find((each) => each.origin?.platform === origin.platform);
  if (thread === undefined)
    throw new DemoFailure(`GET /threads/ does not list the thread of ${origin.platform}.`);
  const { thread_id, assistant_id } = thread;
  const state = await client.state(thread_id);
  listener.state(thread_id, state);
  const history = await client.history(thread_id);
  listener.history(thread_id, history);
  listener.asks(thread_id, QUESTION);
  const input = { messages: [{ role: 'user', content: QUESTION }] };
  const streamed = await client.streamRun({ thread_id, assistant_id, input }, (event) =>
    listener.event(event),
  );
  const shown = await shownOnPlatform(demo, platforms, origin, streamed, signal);
  return { threads, state, history, streamed, finalEqualsStored: shown };
}

async function shownOnPlatform(
  { stores, service }: DemoService,
  platforms: Platforms,
  origin: Origin,
  { runId, pieces, final }: StreamedRun,
  signal: AbortSignal,
): Promise<boolean> {
  const writer = service.platforms.writers.get(origin.platform);
  const thread = await stores.threads.findByOrigin(origin);
  if (writer === undefined || thread === null)
    throw new DemoFailure(`${origin.platform} is not there any more.`);
  await until(
    `the answer to the program's question on ${origin.platform}`,
    async () => {
      const delivery = await stores.deliveries.find({ threadId: thread.id, runId });
      return delivery?.status === 'done' || delivery?.status === 'failed' ? delivery : null;
    },
    { withinMs: DELIVERED_WITHIN_MS, signal },
  );
  const { answers, messages } = await readBack(stores, writer, platforms, origin);
  const answer = answers.find(({ run }) => run.id === runId);
  const stored = messages.find(({ id }) => id === final.id)?.text;
  return (
    answer !== undefined &&
    isShownAsStored(answer) &&
    stored === final.content &&
    stored === pieces &&
    stored !== ''
  );
}
