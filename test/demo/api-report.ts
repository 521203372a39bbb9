import type { ApiResult } from './show-api.ts';

/** What was seen over HTTP, in the words of `npm run demo -- --json`. */
export type ApiReport = {
  /** Threads that were listed. */
  threads: number;
  /** Messages in the state of the one that was looked at. */
  state_messages: number;
  /** Checkpoints in its history. */
  history: number;
  stream: {
    events: number;
    /** The streamed pieces, the final state, the stored message and what the platform shows are the same text. */
    final_equals_stored: boolean;
  };
};

export function apiReport({ threads, state, history, streamed, finalEqualsStored }: ApiResult): ApiReport {
  return {
    threads: threads.length,
    state_messages: state.values.messages.length,
    history: history.length,
    stream: { events: streamed.events, final_equals_stored: finalEqualsStored },
  };
}

/** What is wrong with it, in sentences, where so many conversations took place, and so many messages were in this one. */
export function apiFaults(
  { threads, state, history, streamed, finalEqualsStored }: ApiResult,
  expected: { threads: number; messages: number },
): string[] {
  const faults: string[] = [];
  const count = (what: string, found: number, wanted: number) => {
    if (found !== wanted) faults.push(`Over HTTP there are ${found} ${what} instead of ${wanted}.`);
  };
  count('threads', threads.length, expected.threads);
  count("messages in the thread's state", state.values.messages.length, expected.messages);
  count(
    "messages in the newest checkpoint of the thread's history",
    history[0]?.values.messages.length ?? 0,
    expected.messages,
  );
  const falling = history.every(({ values }, at) => {
    const older = history[at + 1];
    return older === undefined || older.values.messages.length <= values.messages.length;
  });
  if (!falling) faults.push('Over HTTP an older checkpoint has more messages than a newer one.');
  if (streamed.status !== 'success') faults.push(`Over HTTP a run ended as ${streamed.status}.`);
  if (!finalEqualsStored)
    faults.push('Over HTTP the streamed answer does not read as it is stored and shown.');
  return faults;
}
