import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RawEnvironment, readEnvironment } from '../../src/app/config/environment.ts';
import type { LocalStores } from '../../src/app/local-stack/stores.ts';
import type { Origin } from '../../src/core/origin.ts';
import { apiFaults } from './api-report.ts';
import { faultsOf } from './conversation-report.ts';
import { DemoFailure } from './demo-failure.ts';
import { demoEnvironment } from './demo-environment.ts';
import { type DemoService, startDemoService } from './demo-service.ts';
import { type Conversation, openPlatforms, type Platforms } from './people.ts';
import { type ReadBack, readBack } from './read-back.ts';
import { type ApiListener, type ApiResult, showApi } from './show-api.ts';
import { until } from './until.ts';
import { type SeenRevision, watchAnswers } from './watch-answers.ts';

/** What the demo tells while it runs. */
export type DemoListener = {
  progress(line: string): void;
  /** A line of the service's log. */
  log: { isTerminal: boolean; write(line: string): void };
  stores(stores: LocalStores): void;
  asked(conversation: Conversation, question: string): void;
  seen(revision: SeenRevision & { sinceQuestionMs: number }): void;
  readBack(conversation: Conversation, result: ReadBack): void;
  /** What a program sees of the first conversation over HTTP. */
  api: ApiListener & { result(result: ApiResult): void };
};

/** An answer takes seconds; a service that needs longer is broken. */
const ANSWER_WITHIN_MS = 20_000;

/**
 * Runs the main job once, from stores to answers, and removes all it made. Resolves with what was wrong, in sentences.
 * @throws the signal's reason, DemoFailure, and what the service's start throws
 */
export async function runDemo(
  caller: RawEnvironment,
  listener: DemoListener,
  signal: AbortSignal,
): Promise<string[]> {
  await using cleanup = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'threadrelay-demo-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  const platforms = await openPlatforms();
  cleanup.defer(() => platforms.close());
  const demo = await startDemoService({
    environment: readEnvironment(demoEnvironment(caller, platforms, dataDir)),
    searchPath: caller['PATH'] ?? '',
    progress: (line) => listener.progress(line),
    log: listener.log,
    onStores: (stores) => listener.stores(stores),
    signal,
  });
  cleanup.defer(() => demo.stop());

  const askedAt = new Map<string, number>();
  const unwatch = watchAnswers(platforms, (revision) => {
    const since = performance.now() - (askedAt.get(revision.thread) ?? performance.now());
    listener.seen({ ...revision, sinceQuestionMs: since });
  });
  cleanup.defer(async () => unwatch());

  const origins = await Promise.all(
    platforms.conversations.map((conversation) =>
      converse(demo, conversation, signal, (origin, question) => {
        askedAt.set(origin.thread, performance.now());
        listener.asked(conversation, question);
      }),
    ),
  );
  const faults: string[] = [];
  for (const [index, conversation] of platforms.conversations.entries()) {
    const origin = origins[index];
    const writer = demo.service.platforms.writers.get(conversation.platform);
    if (origin === undefined || writer === undefined)
      throw new DemoFailure(`Nothing was said on ${conversation.platform}.`);
    const result = await readBack(demo.stores, writer, platforms, origin);
    listener.readBack(conversation, result);
    faults.push(...faultsOf(result, conversation.questions.length));
  }
  const [origin] = origins;
  const [conversation] = platforms.conversations;
  if (origin === undefined || conversation === undefined) throw new DemoFailure('Nobody said anything.');
  const seen = await showApi(
    demo,
    platforms,
    origin,
    {
      ...listener.api,
      asks(threadId, question) {
        askedAt.set(origin.thread, performance.now());
        listener.api.asks(threadId, question);
      },
    },
    signal,
  );
  listener.api.result(seen);
  faults.push(...apiFaults(seen, { threads: origins.length, messages: 2 * conversation.questions.length }));
  return [...faults, ...violations(platforms)];
}

/** Asks one question after the other, each when the one before is answered. Resolves with where it took place. */
async function converse(
  { stores }: DemoService,
  conversation: Conversation,
  signal: AbortSignal,
  onAsked: (origin: Origin, question: string) => void,
): Promise<Origin | undefined> {
  const { platform, person } = conversation;
  const within = { withinMs: ANSWER_WITHIN_MS, signal };
  let place: Origin | undefined;
  for (const question of conversation.questions) {
    const { origin, sourceId } = conversation.ask(question);
    place = origin;
    onAsked(origin, question);
    const ref = await until(
      `a run for ${person}'s question on ${platform}`,
      async () => {
        const thread = await stores.threads.findByOrigin(origin);
        const message = thread && (await stores.messages.findBySource(thread.id, sourceId));
        if (!message) return null;
        const [run] = await stores.runs.openByTrigger(message.threadId, message.id);
        return run === undefined ? null : { threadId: run.threadId, runId: run.id };
      },
      within,
    );
    await until(
      `the final text of ${person}'s answer on ${platform}`,
      async () => {
        const delivery = await stores.deliveries.find(ref);
        return delivery?.status === 'done' || delivery?.status === 'failed' ? delivery : null;
      },
      within,
    );
  }
  return place;
}

function violations({ slack, discord }: Platforms): string[] {
  const unheard = slack.deliveries.filter(({ outcome }) => outcome !== 'acked' && outcome !== 'pending');
  return [
    ...unheard.map(({ event, attempt }) => {
      const times = attempt === 0 ? 'at once' : `at retry ${attempt}`;
      return `Slack's event "${String(event['type'])}" was not acknowledged ${times}.`;
    }),
    ...slack.violations.map((what) => `Slack would not have put up with this: ${what}.`),
    ...discord.violations.map((what) => `Discord would not have put up with this: ${what}.`),
  ];
}
