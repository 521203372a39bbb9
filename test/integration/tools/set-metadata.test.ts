import { afterEach, expect, test, vi } from 'vitest';
import { buttonLabels } from '../../fakes/slack/press-button.ts';
import { calls, openSlackRoom, type SlackRoom } from './slack-room.ts';

vi.setConfig({ testTimeout: 60_000 });

let room: SlackRoom | null = null;
afterEach(async () => {
  await room?.close();
  room = null;
});

/** What a tool sets may send a thread from triage to billing. */
const CONFIG = `
assistants:
  triage:
    model: local/triage
    tools: [set_metadata, run_code]
    metadata_keys: [topic, urgent, tags]
    approval: { run_code: true }
  billing: { model: local/billing }
routes:
  - { name: billing, when: { thread.metadata.topic: billing }, to: { assistant: billing } }
`;

const set = (args: object) => calls({ name: 'set_metadata', args });

async function metadataOf({ service }: SlackRoom, threadId: string) {
  return (await service.stores.threads.find(threadId))?.metadata;
}

test('what a tool sets counts for the next run, and not for the one that set it', async () => {
  room = await openSlackRoom(CONFIG);
  const { vendor, ask } = room;
  vendor.will('triage', set({ topic: 'billing', urgent: true, tags: ['card', 'eu'] }));

  const first = await ask('my card was charged twice');
  const second = await ask('and now?', first.ts);

  expect(first.read).toEqual(['{"set":{"topic":"billing","urgent":true,"tags":["card","eu"]}}']);
  expect(first.run).toMatchObject({ assistantId: 'triage', route: { rule: 'default' } });
  expect(first.said.at(-1)?.text).toBe('Hello from triage.');
  expect(await metadataOf(room, first.run.threadId)).toEqual({
    topic: 'billing',
    urgent: true,
    tags: ['card', 'eu'],
  });
  expect(second.run).toMatchObject({ assistantId: 'billing', route: { rule: 'billing' } });
  expect(second.said.at(-1)?.text).toBe('Hello from billing.');
});

test('a key that the assistant may not set is refused with a sentence for the model, and nothing beside it is stored', async () => {
  room = await openSlackRoom(CONFIG);
  const { vendor, ask } = room;
  vendor.will('triage', set({ topic: 'billing', plan: 'enterprise' }), set({ urgent: false }));

  const { read, run, said } = await ask('make me an enterprise customer');

  expect(read[0]).toMatch(/^The arguments of "set_metadata" do not fit: .*"plan"/);
  expect(read[1]).toBe('{"set":{"urgent":false}}');
  expect(await metadataOf(room, run.threadId)).toEqual({ urgent: false });
  expect(said.at(-1)?.text).toBe('Hello from triage.');
});

test('an attempt that is repeated takes the route of the first one, whatever that had set', async () => {
  room = await openSlackRoom(CONFIG);
  const { vendor, ask } = room;
  vendor.will('triage', set({ topic: 'billing' }), {
    kind: 'says',
    text: ['Let ', 'me '],
    breaks: { after: 1, by: 'cut' },
  });

  const { run, said } = await ask('my card was charged twice');

  expect(run).toMatchObject({
    status: 'succeeded',
    attempt: 2,
    assistantId: 'triage',
    route: { rule: 'default' },
  });
  expect(said.at(-1)?.text).toBe('Hello from triage.');
});

test.each(['its own tool', 'somebody else'])(
  'a run that waited for approval goes on by its own route, with its own tools, though %s set what routes look at',
  async (who) => {
    room = await openSlackRoom(CONFIG);
    const { vendor, service, channel, user, say, ends } = room;
    const { slack, stores } = service;
    const topic = { name: 'set_metadata', args: { topic: 'billing' } };
    const code = { name: 'run_code', args: { code: '6 * 7' } };
    vendor.will('triage', who === 'its own tool' ? calls(topic, code) : calls(code));
    const { ts, run } = await say('calculate it');
    const answer = () => slack.thread(channel, ts)[1];
    await slack.until('buttons are shown', () => buttonLabels(answer()?.blocks ?? []).length > 0, 10_000);

    await stores.threads.setMetadata(run.threadId, { topic: 'billing' });
    await slack.pressButton({ channel, ts: answer()?.ts ?? '', user, label: 'Approve' });

    const ended = await ends(run);
    expect(ended.run).toMatchObject({
      status: 'succeeded',
      assistantId: 'triage',
      route: { rule: 'default' },
    });
    expect(ended.read.at(-1)).toBe('{"result":42}');
  },
);
