import { afterEach, expect, test } from 'vitest';
import type { MultitaskStrategy } from '../../../src/core/runs/run.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

/** Says what it heard at once, then goes on for about two seconds. */
const config = (strategy: MultitaskStrategy) => `
projects: { default: {} }
assistants:
  slow:
    multitask: ${strategy}
    model: { provider: scripted, delay_ms: 20, steps: [{ text: "Heard {{text}}." }, { tokens: 100 }] }
slack: { answer: every_message }
`;

const WHOLE = /^Heard (one|two|three)\..*token100$/s;

/** A thread in which the first answer has begun to show. */
async function begin(strategy: MultitaskStrategy) {
  const relay = (service = await startRelayService({
    config: config(strategy),
    discord: false,
    slack: { limits: false },
  }));
  const { slack, stores } = relay;
  const { id: channel } = slack.addChannel({ name: 'help' });
  const { id: user } = slack.addUser();
  const { ts } = slack.say({ channel, user, text: 'one' });
  const visible = () => slack.thread(channel, ts).map((message) => message.visible);
  await slack.until('the first answer begins to show', () => (visible()[1] ?? '').startsWith('Heard one.'));
  const origin = { platform: 'slack', tenant: slack.teamId, channel, thread: ts } as const;
  const thread = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
  return {
    relay,
    visible,
    say: (text: string) => slack.say({ channel, user, text, threadTs: ts }).ts,
    async runs() {
      const runs = await stores.runs.listByThread(thread.id, 9);
      return runs.toReversed();
    },
    stored: () => stores.messages.tail(thread.id, 20),
    async settled(count: number) {
      await eventually(
        async () => {
          const runs = await stores.runs.listByThread(thread.id, 9);
          const done = await relay.database.models.deliveries.countDocuments({ status: 'done' });
          return runs.length === count && runs.every(({ endedAt }) => endedAt !== null) && done === count
            ? true
            : null;
        },
        `${count} runs and their deliveries have ended`,
        30_000,
      );
    },
  };
}

/** What of the platform's texts a reader sees, answers shortened to their first words and how they end. */
function gist(texts: string[]): string[] {
  return texts.map((text) => (WHOLE.test(text) ? `${text.split('.')[0]}…whole` : text));
}

test('enqueue: each message is answered whole, in order', { timeout: 60_000 }, async () => {
  const { say, settled, runs, visible, relay } = await begin('enqueue');
  say('two');
  say('three');
  await settled(3);
  expect((await runs()).map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(gist(visible())).toEqual([
    'one',
    'Heard one…whole',
    'two',
    'three',
    'Heard two…whole',
    'Heard three…whole',
  ]);
  expect(relay.slack.violations).toEqual([]);
});

test('collect: a burst while a run is active becomes one run', { timeout: 60_000 }, async () => {
  const { say, settled, runs, visible, stored, relay } = await begin('collect');
  say('two');
  say('three');
  await settled(2);
  const [, second] = await runs();
  const messages = await stored();
  const idOf = (text: string) => messages.find((message) => message.text === text)?.id;
  expect(second?.triggerMessageIds).toEqual([idOf('two'), idOf('three')]);
  expect(gist(visible())).toEqual(['one', 'Heard one…whole', 'two', 'three', 'Heard three…whole']);
  expect(relay.slack.violations).toEqual([]);
});

test('interrupt: what was said stays, marked as stopped, and the new message is answered', {
  timeout: 60_000,
}, async () => {
  const { say, settled, runs, visible, stored, relay } = await begin('interrupt');
  say('two');
  await settled(2);
  expect((await runs()).map(({ status, cancel }) => [status, cancel])).toEqual([
    ['cancelled', 'interrupt'],
    ['succeeded', null],
  ]);
  const [one, stopped, two, answer] = visible();
  expect(gist([one ?? '', two ?? '', answer ?? ''])).toEqual(['one', 'two', 'Heard two…whole']);
  expect(stopped).toMatch(/^Heard one\..*\n\n_\(stopped\)_$/s);
  const said = (await stored()).filter(({ role }) => role === 'ai').map(({ text }) => text);
  expect(stopped).toBe(`${said[0]?.trimEnd()}\n\n_(stopped)_`);
  expect(relay.slack.violations).toEqual([]);
});

test('rollback: the run, its input and what it showed are forgotten', { timeout: 60_000 }, async () => {
  const { say, settled, runs, visible, stored, relay } = await begin('rollback');
  say('two');
  await settled(2);
  expect((await runs()).map(({ status, cancel }) => [status, cancel])).toEqual([
    ['cancelled', 'rollback'],
    ['succeeded', null],
  ]);
  expect(gist(visible())).toEqual(['one', 'two', 'Heard two…whole']);
  const messages = await stored();
  expect(messages.map(({ role, text, redactedAt }) => [role, text.slice(0, 9), redactedAt !== null])).toEqual(
    [
      ['human', '', true],
      ['human', 'two', false],
      ['ai', 'Heard two', false],
    ],
  );
  expect(relay.slack.violations).toEqual([]);
});

test('reject: the new message is refused in one sentence, and the active run goes on', {
  timeout: 60_000,
}, async () => {
  const { say, settled, runs, visible, relay } = await begin('reject');
  say('two');
  await settled(2);
  expect((await runs()).map(({ status, error }) => [status, error?.code])).toEqual([
    ['succeeded', undefined],
    ['failed', 'thread_busy'],
  ]);
  const texts = gist(visible());
  expect(texts).toHaveLength(4);
  expect(texts).toContain('Heard one…whole');
  expect(texts.find((text) => text.startsWith('⚠️'))).toMatch(/still answering the message before/);
  expect(relay.slack.violations).toEqual([]);
});

test('a burst of messages at once: interrupt and rollback leave one answer to the last, reject one answer', {
  timeout: 90_000,
}, async () => {
  for (const strategy of ['interrupt', 'rollback', 'reject'] as const) {
    const { say, settled, runs, visible, relay } = await begin(strategy);
    for (const text of ['two', 'two', 'two', 'three']) say(text);
    await settled(5);
    const succeeded = (await runs()).filter(({ status }) => status === 'succeeded');
    expect(succeeded, strategy).toHaveLength(1);
    const whole = gist(visible()).filter((text) => text.endsWith('…whole'));
    expect(whole, strategy).toEqual([strategy === 'reject' ? 'Heard one…whole' : 'Heard three…whole']);
    expect(relay.slack.violations).toEqual([]);
    await relay.close();
    service = null;
  }
});
