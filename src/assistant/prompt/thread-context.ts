import type { Message } from '../../core/messages/message.ts';
import type { LongThreadStore, RunScene, ThreadSummary } from '../../core/ports.ts';

/** More of them would be the conversation again; each is sent with every run. */
const MOST_PINNED = 10;

/** What is known of a thread beside the messages that were read. */
export type ThreadContext = {
  summary: ThreadSummary | null;
  /** Pinned messages that are older than those which were read. */
  older: Message[];
  pinned: ReadonlySet<string>;
  /** Whether there are messages before the oldest that was read. */
  hasMore: boolean;
};

/**
 * Reads what a long thread keeps. `fits`: all messages that were read may be sent; then nothing is asked of the store unless
 * there are older ones.
 */
export async function readThreadContext(
  threads: LongThreadStore,
  { thread, run }: RunScene,
  messages: readonly Message[],
  fits: boolean,
): Promise<ThreadContext> {
  const references = pinnedReferences(thread);
  const hasMore = !messages.some(({ seq }) => seq === 1);
  if (!hasMore && fits) return { summary: null, older: [], pinned: new Set(), hasMore };
  const [summary, found] = await Promise.all([
    threads.summary(thread.id),
    threads.pinned(thread.id, references),
  ]);
  const pinned = found.filter(({ seq }) => seq <= run.ordinal);
  const read = new Set(messages.map(({ id }) => id));
  return {
    summary: summary === null || summary.upToSeq === 0 ? null : summary,
    older: pinned.filter(({ id }) => !read.has(id)),
    pinned: new Set(pinned.map(({ id }) => id)),
    hasMore,
  };
}

/** Messages that the thread's metadata or its custom state name under `pinned`: ids, in a list or alone. Pure. */
export function pinnedReferences({
  metadata,
  values,
}: Pick<RunScene['thread'], 'metadata' | 'values'>): string[] {
  const named = [metadata['pinned'], values['pinned']].flat();
  const ids = named.filter((each): each is string => typeof each === 'string' && each !== '');
  return [...new Set(ids)].slice(0, MOST_PINNED);
}
