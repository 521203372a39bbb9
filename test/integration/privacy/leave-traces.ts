import { randomUUID } from 'node:crypto';
import type { Approval } from '../../../src/core/approval/approval.ts';
import type { Author, NewMessage } from '../../../src/core/messages/message.ts';
import type { Origin } from '../../../src/core/origin.ts';
import type { NewRun, RunOutcome } from '../../../src/core/ports.ts';
import type { RunLease } from '../../../src/core/runs/run.ts';
import type { Queues } from '../../../src/queue/index.ts';
import type { Stores } from '../../../src/store/index.ts';
import { keepFile } from './keep-file.ts';

export const PROJECT = 'default';
export const TENANT = 'T0PLACE';

/** Words that stand for one person and for nobody else. */
export type Canary = { id: string; name: string; word: string };

export function newCanary(): Canary {
  const mark = randomUUID().slice(0, 8);
  return { id: `U${mark.toUpperCase()}`, name: `Name-${mark}`, word: `word-${mark}` };
}

export const keyOf = ({ id }: Canary) => `slack:${TENANT}:${id}`;

type Parts = { stores: Stores; queues: Pick<Queues, 'events'> };

const authorOf = ({ id, name }: Canary): Author => ({ id, name });

/** Says something in a thread, which is made for it, and is answered by a run. */
async function talk(
  parts: Parts,
  who: Canary,
  thread: string,
  { text, said }: { text: string; said: NewMessage[] },
): Promise<RunLease & { messageId: string }> {
  const lease = await begin(parts, who, thread, text);
  await end(parts, who, lease, said);
  return lease;
}

async function begin({ stores, queues }: Parts, who: Canary, thread: string, text: string) {
  const now = new Date();
  const origin: Origin = { platform: 'slack', tenant: TENANT, channel: 'C1', thread };
  const run: NewRun = {
    id: randomUUID(),
    idempotencyKey: randomUUID(),
    assistantId: 'support',
    priority: 0,
    createdAt: now,
    availableAt: now,
    metadata: { asked: text },
    kwargs: { input: { [who.id]: text } },
  };
  const messageId = randomUUID();
  const admitted = await stores.inbox.admit({
    thread: {
      id: randomUUID(),
      projectId: PROJECT,
      assistantId: 'support',
      name: text,
      metadata: {},
      origin,
    },
    messages: [
      { id: messageId, role: 'human', text, author: authorOf(who), sourceId: randomUUID(), createdAt: now },
    ],
    plan: () => ({ kind: 'run', run, strategy: 'enqueue', deliver: { replyTo: null } }),
  });
  if (admitted.kind !== 'admitted') throw new Error(admitted.kind);
  const { threadId } = admitted;
  const claim = await stores.runs.claimNext(threadId, 'w', now, new Date(0));
  if (claim.kind !== 'claimed') throw new Error(claim.kind);
  const lease = { threadId, runId: run.id, fence: claim.run.fence };
  const writer = queues.events.writer(lease);
  writer.emit({ type: 'text', delta: text, offset: 0 });
  await writer.flush();
  return { ...lease, messageId };
}

async function end({ stores }: Parts, who: Canary, lease: RunLease, messages: NewMessage[]): Promise<void> {
  const tokens = { inputTokens: 5, outputTokens: 7 };
  const outcome: RunOutcome = {
    status: 'succeeded',
    messages,
    error: null,
    usage: { ...tokens, byModel: [{ model: 'scripted', ...tokens }] },
    spender: { projectId: PROJECT, personId: keyOf(who) },
    routing: null,
    endedAt: new Date(),
  };
  await stores.runs.settle(lease, outcome);
  await stores.records.add({
    ...lease,
    projectId: PROJECT,
    assistantId: 'support',
    assistantVersion: '000000000000',
    instructions: '',
    steps: [
      {
        attempt: 1,
        model: null,
        tools: [],
        usage: null,
        startedAt: new Date(),
        firstMs: null,
        totalMs: 1,
        added: messages.map(({ text }) => text).join(' '),
        same: 0,
        messages: [{ role: 'system', text: messages.map(({ text }) => text).join(' ') }],
      },
    ],
    createdAt: new Date(),
  });
}

const answer = (text: string): NewMessage => ({ id: randomUUID(), role: 'ai', text, createdAt: new Date() });

/** As `search_thread` gives it, and keeps it. */
function search(who: Canary, seq: number): NewMessage[] {
  const call = { id: randomUUID(), name: 'search_thread', args: { query: 'secret' } };
  const found = { found: [{ seq, who: who.name, at: new Date().toISOString(), text: who.word }] };
  return [
    { ...answer('Let me see.'), toolCalls: [call] },
    { ...answer(JSON.stringify(found)), role: 'tool', toolCallId: call.id },
  ];
}

/**
 * Leaves something of one person wherever something of people can be: in a thread of their own, in one of another who
 * answers them, and in all that is kept beside threads.
 */
export async function leaveTraces(parts: Parts, ada: Canary, bob: Canary) {
  const { stores } = parts;
  const now = new Date();
  const alone = await talk(parts, ada, randomUUID(), {
    text: `my secret is ${ada.word}`,
    said: [answer(`Noted, ${ada.name}: ${ada.word}`)],
  });
  await keepFile(stores, alone.threadId, ada.word);

  const thread = randomUUID();
  const shared = await talk(parts, bob, thread, {
    text: `<@${ada.id}> may help, says ${bob.word}`,
    said: [answer(`I ask @${ada.name}, ${bob.word}`)],
  });
  const { threadId } = shared;
  const hers = await talk(parts, ada, thread, {
    text: `I am ${ada.name} and say ${ada.word}`,
    said: [...search(ada, 3), answer(`Thank you, ${ada.name}, for ${ada.word}`)],
  });
  // Bob asks what she said, and she denies what is to be done with it.
  const lease = await begin(parts, bob, thread, `what did she say? ${bob.word}`);
  await end(parts, bob, lease, [
    ...search(ada, 3),
    { ...answer(`"refund" was not called: ${ada.name} denied it.`), role: 'tool', deniedBy: authorOf(ada) },
    answer(`See above, ${bob.word}`),
  ]);
  await stores.messages.revise(threadId, shared.messageId, `<@${ada.id}> helps, says ${bob.word}`, now);
  const waiting = await begin(parts, bob, thread, `please refund, ${bob.word}`);
  await stores.approvals.ask(waiting, asking(ada));
  await stores.approvals.decide(
    waiting,
    [{ call: 0, decision: { approved: false, by: ada.id, name: ada.name, note: ada.word } }],
    now,
  );

  await stores.threads.setMetadata(threadId, { reporter: ada.name, votes: { [ada.id]: 1 } });
  const update = { messages: [], removed: [], values: { reporter: ada.id, [ada.name]: 1 }, asNode: ada.id };
  await stores.state.update(threadId, update, now);
  const begun = await stores.longThreads.beginSummary(threadId);
  if (begun === null) throw new Error('there is no thread');
  await stores.longThreads.saveSummary({
    ...begun,
    upToSeq: 3,
    messages: 3,
    text: `${ada.name} said ${ada.word}`,
  });

  const fact = { projectId: PROJECT, createdAt: now };
  const source = { threadId, messageId: hers.messageId };
  await stores.memories.remember({
    ...fact,
    id: randomUUID(),
    subject: keyOf(ada),
    text: `likes ${ada.word}`,
    source,
  });
  await stores.memories.remember({
    ...fact,
    id: randomUUID(),
    subject: keyOf(bob),
    text: `knows ${ada.word}`,
    source,
  });
  await stores.memories.remember({
    ...fact,
    id: randomUUID(),
    subject: keyOf(bob),
    text: `likes ${bob.word}`,
    source: null,
  });

  await keepAnswer(stores, { thread_id: alone.threadId, said: ada.word });
  await keepAnswer(stores, { id: randomUUID(), subject: keyOf(ada), text: ada.word });
  const most = { tokens: 10, usd: 0 };
  const scope = { projectId: PROJECT, personId: keyOf(ada), day: '2026-11-26' };
  const putAside = { id: randomUUID(), most, likely: most, until: new Date(now.getTime() + 60_000) };
  await stores.budgets.reserve(scope, { tokens: 100, usd: null }, putAside, now);
  const asks = { projectId: PROJECT, personId: keyOf(ada), messageKey: randomUUID(), sentAt: now };
  await stores.paces.take(asks, { most: 20, windowMs: 60_000 });
  return { alone, shared, hers, waiting };
}

function asking(who: Canary): Approval {
  return {
    calls: [{ id: 'c1', name: 'refund', args: {}, by: [who.id], decision: null }],
    said: [{ role: 'ai', text: 'Let me ask.', toolCalls: [{ id: 'c1', name: 'refund', args: {} }] }],
    usage: null,
    askedBy: null,
    askedAt: new Date(),
    expiresAt: new Date(Date.now() + 3_600_000),
  };
}

async function keepAnswer(stores: Stores, body: Record<string, string>): Promise<void> {
  const request = { projectId: PROJECT, key: randomUUID(), fingerprint: randomUUID() };
  await stores.idempotency.claim(request, randomUUID(), new Date(), new Date(0));
  await stores.idempotency.keep(request, { status: 200, headers: {}, body: JSON.stringify(body) });
}
