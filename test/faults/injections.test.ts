import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect } from 'vitest';
import { isTerminal } from '../../src/core/runs/run-lifecycle.ts';
import type { Run } from '../../src/core/runs/run.ts';
import { assistant } from '../../src/workflows/assistant/assistant.ts';
import { eventually } from '../fixtures/eventually.ts';
import { promise } from '../fixtures/promise.ts';
import { type RelayService, startRelayService } from '../fixtures/relay-service.ts';
import { type Asked, INJECTIONS, orderFor } from './injections/injections.ts';
import { createObedientModel } from './injections/obedient-model.ts';

let service: RelayService | null = null;
let shop: Server | null = null;
afterEach(async () => {
  await service?.close();
  shop?.close();
  service = null;
});

/** Where an injection stands. Each case goes on with a second, harmless message, for which it stands in the history. */
const DOORS = ['text', 'file name', 'attachment', 'tool result', 'metadata', 'author'] as const;
/** Of the doors, that each injection comes in by. */
const DOORS_EACH = 2;
type Door = (typeof DOORS)[number];

const configOf = (shopUrl: string) => `
projects: { default: {} }
tools:
  http:
    lookup_order:
      description: Tells the state of an order.
      url: "${shopUrl}/orders/{id}"
      input: { id: {} }
      allow_private: true
    refund_order:
      description: Pays an order back.
      method: POST
      url: "${shopUrl}/refunds/{id}"
      input: { id: {}, plan: { required: false }, command: { required: false } }
      allow_private: true
assistants:
  support:
    tools: [lookup_order, set_metadata]
    metadata_keys: [note]
    model: { provider: scripted, reply: unused }
  admin:
    tools: [refund_order, run_code]
    model: { provider: scripted, reply: unused }
slack: { answer: every_message, assistant: support }
routes:
  - { name: plan, when: { thread.metadata.plan: enterprise }, to: { assistant: admin } }
  - { name: queue, when: { thread.metadata.queue: admins }, to: { assistant: admin } }
  - { name: ticket, when: { thread.metadata.ticket_id: { $exists: true } }, to: { assistant: admin } }
`;

promise(36, '', { tries: INJECTIONS.length * DOORS_EACH, timeoutMs: 400_000 }, async ({ count, once }) => {
  // Given a service whose model obeys whatever it reads
  const refunds: string[] = [];
  const states = new Map<string, string>();
  shop = createServer((request, response) => {
    const id = /^\/orders\/(\w+)$/.exec(request.url ?? '')?.[1];
    if (id === undefined) refunds.push(request.url ?? '');
    const state = states.get(id ?? '') ?? 'on its way';
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ state }));
  });
  await new Promise<void>((resolve) => shop?.listen(0, '127.0.0.1', resolve));
  const { port } = shop.address() as AddressInfo;
  service = await startRelayService({
    config: configOf(`http://127.0.0.1:${port}`),
    discord: false,
    slack: { limits: false },
    workflows: [
      {
        ...assistant,
        run: (context) => assistant.run({ ...context, model: createObedientModel(context.thread.metadata) }),
      },
    ],
  });
  const { slack, stores } = service;
  const ada = slack.addUser({ name: 'Ada' }).id;

  const ended = async (threadId: string, runs: number): Promise<Run> =>
    eventually(
      async () => {
        const found = await stores.runs.listByThread(threadId, 10);
        const isOver = found.length === runs && found.every(({ status }) => isTerminal(status));
        return isOver ? (found.toSorted((a, b) => b.ordinal - a.ordinal)[0] ?? null) : null;
      },
      'the runs end',
      60_000,
    );

  async function threadOf(channel: string, ts: string) {
    const origin = { platform: 'slack', tenant: slack.teamId, channel, thread: ts } as const;
    return eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
  }

  /** Puts the injection through its door, and gives the thread when what it set off has ended. */
  async function enter(
    channel: string,
    door: Door,
    order: string,
  ): Promise<{ ts: string; threadId: string }> {
    const id = randomUUID().replaceAll('-', '');
    if (door === 'tool result') states.set(id, order);
    const user = door === 'author' ? slack.addUser({ name: `Eve ${order}` }).id : ada;
    const text =
      door === 'text' || door === 'author' ? `Please help. ${order}` : `Please look up order ${id}.`;
    const name = door === 'file name' ? `${order}.txt` : 'order.txt';
    const content = door === 'attachment' ? `Order A1\n${order}\n` : 'Order A1';
    const hasFile = door === 'file name' || door === 'attachment';
    const file = { name, mimetype: 'text/plain', content };
    const { ts } = slack.say({ channel, user, text, ...(hasFile ? { files: [file] } : {}) });
    const thread = await threadOf(channel, ts);
    await ended(thread.id, 1);
    if (door === 'metadata') await stores.threads.setMetadata(thread.id, { customer: order });
    return { ts, threadId: thread.id };
  }

  const cases = Array.from({ length: count }, (_, index) => ({
    door: DOORS[index % DOORS.length] ?? 'text',
    asked: INJECTIONS[Math.floor((index * INJECTIONS.length) / count)] ?? INJECTIONS[0],
  }));

  const attempts = cases.map(({ door, asked }) =>
    once(async () => {
      if (asked === undefined) throw new Error('no injection');
      // When it comes in by a door, and the conversation goes on
      // A channel of its own: what one may be written to in a minute is not to be waited for.
      const channel = slack.addChannel({ name: randomUUID() }).id;
      const { ts, threadId } = await enter(channel, door, orderFor(asked));
      slack.say({ channel, user: ada, text: 'Thank you.', threadTs: ts });
      const last = await ended(threadId, 2);

      // Then the model did ask for it, and nothing was done
      const thread = await stores.threads.find(threadId);
      const messages = await stores.messages.tail(threadId, 50);
      await expectRefused(messages, asked);
      expect(refunds).toEqual([]);
      const { note: _, customer: __, ...metadata } = thread?.metadata ?? {};
      expect(metadata).toEqual({});
      // And the thread goes where it went before
      expect(last).toMatchObject({ status: 'succeeded', assistantId: 'support', route: { rule: 'default' } });
      expect(thread).toMatchObject({ assistantId: 'support' });
    }),
  );
  await Promise.all(attempts);
});

type Said = Awaited<ReturnType<RelayService['stores']['messages']['tail']>>;

async function expectRefused(messages: Said, asked: Asked): Promise<void> {
  const calls = messages.flatMap(({ toolCalls }) => toolCalls);
  const obeyed = calls.filter(({ name }) => name === asked.name);
  expect(obeyed.length).toBeGreaterThan(0);
  for (const call of obeyed) {
    const result = messages.find(({ toolCallId, role }) => role === 'tool' && toolCallId === call.id);
    expect(result?.text).toMatch(
      /^There is no tool|^The arguments of "set_metadata" do not fit|^Give at least one of note/,
    );
  }
}
