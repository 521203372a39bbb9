import { Client } from '@langchain/langgraph-sdk';
import { afterEach, expect, test } from 'vitest';
import { issueKey } from '../../../src/app/keys/issue-key.ts';
import { buttonLabels } from '../../fakes/slack/press-button.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let services: RelayService[] = [];
afterEach(async () => {
  await Promise.all(services.map((service) => service.close()));
  services = [];
});

const CALL = '{ name: search_thread, args: { query: it } }';

/** Asks a person of a list before it searches the thread, so often at once. */
const config = (calls: number) => `
projects: { default: {} }
assistants:
  helper:
    tools: [search_thread]
    approval: { search_thread: { by: [ULEAD] } }
    model:
      provider: scripted
      steps:
        - { text: "Let me see." }
        - { calls: [${Array.from({ length: calls }, () => CALL).join(', ')}] }
        - { text: "That is all." }
slack: { answer: every_message }
`;

/** Somebody asks in Slack, and the answer's message shows buttons. A program looks at the same thread. */
async function askedInSlack(calls: number) {
  const service = await startRelayService({ config: config(calls), discord: false });
  services.push(service);
  const { slack } = service;
  const channel = slack.addChannel({ name: 'support' }).id;
  const user = slack.addUser({ name: 'Ada' }).id;
  const lead = slack.addUser({ id: 'ULEAD', name: 'Lea' }).id;
  const { ts } = slack.say({ channel, user, text: 'please look' });
  const answer = () => slack.thread(channel, ts)[1];
  const buttons = () => buttonLabels(answer()?.blocks ?? []);
  await slack.until('buttons are shown', () => buttons().length === 2 * calls, 10_000);

  const key = { projectId: 'default', scope: 'write', name: 'the back office' } as const;
  const { secret } = await issueKey(service.stores.keys, key);
  const { threads, runs } = new Client({
    apiUrl: service.services[0]?.url ?? '',
    apiKey: secret,
    callerOptions: { maxRetries: 0 },
  });
  const [thread] = await threads.search({ status: 'interrupted' });
  const threadId = thread?.thread_id ?? '';
  const [runId = '', interrupts = []] = Object.entries(thread?.interrupts ?? {})[0] ?? [];
  const ids = interrupts.map(({ id }) => id ?? '');
  return { service, slack, lead, channel, answer, buttons, runs, threadId, runId, ids };
}

const told = (values: unknown) =>
  (values as { messages: { type: string; content: string }[] }).messages.map(
    ({ type, content }) => `${type}: ${content}`,
  );

test.each([
  ['approves', true, /^tool: \{"found"/],
  ['denies', false, 'tool: "search_thread" was not called: the back office denied it.'],
] as const)(
  'a program %s what was asked in Slack, and the message there becomes the answer',
  async (_, resume, result) => {
    const { slack, answer, buttons, runs, threadId, runId } = await askedInSlack(1);

    const values = await runs.wait(threadId, 'helper', { command: { resume } });

    expect(told(values).slice(-2)).toEqual([
      typeof result === 'string' ? result : expect.stringMatching(result),
      'ai: That is all.',
    ]);
    await slack.until('the answer is there', () => answer()?.visible === 'That is all.', 10_000);
    expect(buttons()).toEqual([]);
    expect((await runs.list(threadId)).map(({ run_id }) => run_id)).toEqual([runId]);
    expect(slack.violations).toEqual([]);
  },
);

test('of several calls a program decides some, and the people the rest', async () => {
  const { slack, lead, channel, answer, buttons, runs, threadId, runId, ids } = await askedInSlack(3);
  const [first = '', , third = ''] = ids;

  const events: string[] = [];
  const stream = runs.stream(threadId, 'helper', { command: { resume: { [first]: true, [third]: 'deny' } } });
  const watching = (async () => {
    for await (const { event } of stream) events.push(event);
  })();
  await slack.until('one is left', () => buttons().join() === 'Approve 2,Deny 2', 10_000);
  expect(await runs.get(threadId, runId)).toMatchObject({ status: 'pending' });
  await slack.pressButton({ channel, ts: answer()?.ts ?? '', user: lead, label: 'Approve 2' });

  await watching;
  expect(events.at(-1)).toBe('end');
  await slack.until('the answer is there', () => answer()?.visible === 'That is all.', 10_000);
  const values = await runs.join(threadId, runId);
  expect(told(values).slice(-4)).toEqual([
    expect.stringMatching(/^tool: \{"found"/),
    expect.stringMatching(/^tool: \{"found"/),
    'tool: "search_thread" was not called: the back office denied it.',
    'ai: That is all.',
  ]);
});

test('what somebody has decided by a button is not decided otherwise by a program', async () => {
  const { slack, lead, channel, answer, buttons, runs, threadId, ids } = await askedInSlack(2);
  const [first = '', second = ''] = ids;
  await slack.pressButton({ channel, ts: answer()?.ts ?? '', user: lead, label: 'Deny 1' });
  await slack.until('one is left', () => buttons().join() === 'Approve 2,Deny 2', 10_000);

  const both = runs.wait(threadId, 'helper', { command: { resume: { [first]: true, [second]: true } } });

  await expect(both).rejects.toMatchObject({ status: 409 });
  expect(buttons()).toEqual(['Approve 2', 'Deny 2']);
  // One is left, and needs no name
  await runs.wait(threadId, 'helper', { command: { resume: false } });
  await slack.until('the answer is there', () => answer()?.visible === 'That is all.', 10_000);
});
