import { afterAll, beforeAll, expect, test } from 'vitest';
import { ThreadrelayError } from '../../../src/core/errors.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, closeWellBehaved, faithful, runOf, settled } from './conversations.ts';
import { gate, saying, untilStopped } from './told-workflow.ts';

const BEGINNING = 'This is the beginning of an answer that';
const PARAGRAPHS = Array.from({ length: 100 }, (_, index) => `${index} ${'words of it '.repeat(8)}`);
const LONG = PARAGRAPHS.join('\n\n');
let shorter = gate();

const told = saying(async function* (context, question) {
  switch (question) {
    case 'fail':
      yield BEGINNING;
      await shorter.opened;
      throw new ThreadrelayError('model_failed', 'The model is not well.');
    case 'stop':
    case 'forget':
      yield BEGINNING;
      return await untilStopped(context);
    case 'nothing':
      return;
    case 'blank':
      yield ' \n\u200b ';
      return;
    case 'long':
      for (const paragraph of PARAGRAPHS) yield `${paragraph}\n\n`;
      return;
    case 'shrink':
      if (context.run.attempt > 1) return yield 'In short: no.';
      yield LONG;
      await shorter.opened;
      throw new ThreadrelayError('model_failed', 'Cut off.', { retryable: true });
    default:
      yield `You said: ${question}`;
  }
});

let house: RelayService;
beforeAll(async () => {
  house = await startRelayService({ workflows: [told], slack: { limits: false } });
});
afterAll(() => closeWellBehaved(house));

const platforms = ['slack', 'discord'] as const;

test.each(platforms)('%s: a failed run replaces the torn preview by one honest error', async (platform) => {
  shorter = gate();
  const talk = ask(house, platform, 'fail');
  await eventually(() => (talk.shown()[0] === BEGINNING ? true : null), 'the preview is shown');
  shorter.open();
  const end = await settled(house, talk);
  const { got, wanted } = faithful(talk, end);
  expect(got).toEqual(wanted);
  expect(end.run.status).toBe('failed');
  expect(talk.shown()).toEqual(['⚠️ The model is not well. Send your message again to retry.']);
});

test.each(platforms)('%s: a cancelled run keeps what was said, marked as stopped', async (platform) => {
  const talk = ask(house, platform, 'stop');
  await eventually(() => (talk.shown()[0] === BEGINNING ? true : null), 'the preview is shown');
  const { threadId, id: runId } = await runOf(house, talk);
  await house.stores.runs.requestCancel({ threadId, runId }, 'interrupt', new Date());
  const end = await settled(house, talk);
  const { got, wanted } = faithful(talk, end);
  expect(got).toEqual(wanted);
  expect(talk.shown()).toEqual([`${BEGINNING}\n\n_(stopped)_`]);
});

test.each(platforms)('%s: a rollback removes what was posted', async (platform) => {
  const talk = ask(house, platform, 'forget');
  await eventually(() => (talk.shown()[0] === BEGINNING ? true : null), 'the preview is shown');
  const { threadId, id: runId } = await runOf(house, talk);
  await house.stores.runs.requestCancel({ threadId, runId }, 'rollback', new Date());
  const end = await settled(house, talk);
  expect(end.delivery).toMatchObject({ status: 'done', parts: [] });
  expect(talk.shown()).toEqual([]);
});

test.each(platforms)('%s: a blank answer is told as one', async (platform) => {
  for (const question of ['nothing', 'blank']) {
    const talk = ask(house, platform, question);
    await settled(house, talk);
    expect(talk.shown()).toEqual(['_(The assistant had nothing to say.)_']);
  }
});

test.each(platforms)(
  '%s: an answer of 10,000 characters is shown whole, in parts',
  async (platform) => {
    const talk = ask(house, platform, 'long');
    const end = await settled(house, talk, 30_000);
    const { got, wanted } = faithful(talk, end);
    expect(got).toEqual(wanted);
    expect(talk.shown().length).toBeGreaterThan(2);
    expect(end.delivery.parts.map(({ index }) => index)).toEqual(talk.shown().map((_, index) => index));
  },
  40_000,
);

test.each(platforms)(
  '%s: a new attempt that says less leaves no surplus parts',
  async (platform) => {
    shorter = gate();
    const talk = ask(house, platform, 'shrink');
    await eventually(() => (talk.shown().length > 2 ? true : null), 'several parts are shown', 30_000);
    shorter.open();
    const end = await settled(house, talk, 30_000);
    expect(end.run.attempt).toBe(2);
    expect(talk.shown()).toEqual(['In short: no.']);
    expect(end.delivery.parts).toHaveLength(1);
  },
  70_000,
);
