import type { Delivery } from '../../../../src/core/deliveries/delivery.ts';
import type { Message } from '../../../../src/core/messages/message.ts';
import type { Origin } from '../../../../src/core/origin.ts';
import type { Run } from '../../../../src/core/runs/run.ts';
import type { Snapshot } from '../../../faults/checker/snapshot.ts';

const ORIGINS: Origin[] = [
  { platform: 'slack', tenant: 'T1', channel: 'C1', thread: '100.000001' },
  { platform: 'discord', tenant: 'G1', channel: '7', thread: '100' },
];

export const at = (second: number) => new Date(1_700_000_000_000 + second * 1_000);

export type Damage = (snapshot: Snapshot) => void;

/** The item at the index, which the healthy snapshot surely has. */
export function of<T>(items: T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new Error(`nothing at ${index}`);
  return item;
}

/** Two threads, one on each platform, with two questions in each that were answered one after the other. */
export function healthySnapshot(): Snapshot {
  const snapshot: Snapshot = {
    asked: [],
    said: [],
    writes: [],
    deletions: [],
    violations: [],
    threads: [],
    messages: [],
    runs: [],
    deliveries: [],
  };
  for (const origin of ORIGINS) {
    const threadId = `thread-${origin.platform}`;
    snapshot.threads.push({
      id: threadId,
      projectId: 'default',
      assistantId: 'echo',
      name: null,
      metadata: {},
      origin,
      closed: null,
      lastSeq: 4,
      values: {},
      openRuns: 0,
      lastEnd: 'idle',
      deleteAt: null,
      createdAt: at(0),
      updatedAt: at(9),
    });
    for (const round of [0, 1]) addRound(snapshot, threadId, origin, round);
  }
  return snapshot;
}

function addRound(snapshot: Snapshot, threadId: string, origin: Origin, round: number): void {
  const { platform } = origin;
  const name = `${platform}-${round}`;
  const place = platform === 'slack' ? origin.channel : origin.thread;
  const id = (offset: number) =>
    platform === 'slack' ? `100.00000${round * 2 + offset}` : `10${round * 2 + offset - 1}`;
  const [askedId, saidId] = [id(1), id(2)];
  const text = `Question ${round}`;
  const answer = `Answer ${round}`;
  const seq = round * 2 + 1;
  snapshot.asked.push({
    platform,
    place,
    messageId: askedId,
    text,
    hasFiles: false,
    acknowledged: true,
    deleted: false,
  });
  snapshot.said.push({
    platform,
    place,
    messageId: saidId,
    text: answer,
    names: platform === 'slack' ? { runId: `run-${name}`, part: 0 } : null,
    streaming: false,
  });
  snapshot.writes.push(
    { platform, place, at: round * 10, kind: 'post', messageId: null, outcome: 'accepted' },
    { platform, place, at: round * 10 + 1, kind: 'edit', messageId: saidId, outcome: 'accepted' },
  );
  const message: Message = {
    id: `question-${name}`,
    threadId,
    seq,
    role: 'human',
    text,
    author: { id: 'U1' },
    attachments: [],
    toolCalls: [],
    toolCallId: null,
    sourceId: askedId,
    runId: null,
    revisions: [],
    redactedAt: null,
    createdAt: at(round * 10),
  };
  snapshot.messages.push(message, {
    ...message,
    id: `answer-${name}`,
    seq: seq + 1,
    role: 'ai',
    text: answer,
    author: null,
    sourceId: null,
    runId: `run-${name}`,
  });
  snapshot.runs.push(run(threadId, name, round));
  snapshot.deliveries.push(delivery(threadId, origin, name, { round, askedId, saidId }));
}

function run(threadId: string, name: string, round: number): Run {
  return {
    id: `run-${name}`,
    threadId,
    projectId: 'default',
    assistantId: 'echo',
    ordinal: round * 2 + 1,
    triggerMessageIds: [`question-${name}`],
    idempotencyKey: `message:${name}`,
    status: 'succeeded',
    priority: 0,
    attempt: 1,
    fence: 1,
    workerId: 'worker',
    heartbeatAt: at(round * 10 + 1),
    availableAt: at(round * 10),
    cancel: null,
    workflow: 'assistant',
    route: null,
    error: null,
    usage: null,
    messageIds: [`answer-${name}`],
    metadata: {},
    createdAt: at(round * 10),
    startedAt: at(round * 10 + 1),
    endedAt: at(round * 10 + 5),
  };
}

function delivery(
  threadId: string,
  origin: Origin,
  name: string,
  { round, askedId, saidId }: { round: number; askedId: string; saidId: string },
): Delivery {
  return {
    threadId,
    runId: `run-${name}`,
    origin,
    replyTo: askedId,
    ordinal: round * 2 + 1,
    status: 'done',
    parts: [{ index: 0, messageId: saidId }],
    fence: 1,
    workerId: 'worker',
    leaseUntil: at(round * 10 + 9),
    reason: null,
    edits: 1,
    runEndedAt: at(round * 10 + 5),
    finalAt: at(round * 10 + 6),
    createdAt: at(round * 10),
  };
}
