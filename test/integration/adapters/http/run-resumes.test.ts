import { describe, expect, test } from 'vitest';
import { type Asked, FIRST, openAskingApi } from './asking-api.ts';

const { api, asked, refunds } = openAskingApi();

/** Asks for the same on every route that may start a run; all answers are to be alike. */
async function onEveryRoute({ at, threadId }: Asked, body: object, key = api().keys.default.write) {
  const answers = [];
  for (const path of ['', '/stream', '/wait']) {
    answers.push(await api().call('POST', `${at}/runs${path}`, { key, body }));
    answers.push(await api().call('POST', `/runs${path}`, { key, body: { ...body, thread_id: threadId } }));
  }
  return answers.map(({ status, body: { error } }) => ({ status, ...error }));
}

describe('a resume is refused, and nothing is decided,', () => {
  const SHAPES =
    'command.resume must be true, false, "approve" or "deny", or an object with one of these by the id of each call.';
  test.each([
    ['in other words', { resume: 'yes' }, {}, 'command.resume', SHAPES],
    ['with nothing', { resume: null }, {}, 'command.resume', SHAPES],
    ['without a resume', {}, {}, 'command.resume', SHAPES],
    ['with a number', { resume: 1 }, {}, 'command.resume', SHAPES],
    ['with a list', { resume: [true] }, {}, 'command.resume', SHAPES],
    ['with no call', { resume: {} }, {}, 'command.resume', 'command.resume must name a call.'],
    [
      'in other words for a call',
      { resume: { [FIRST]: 'ok' } },
      {},
      `command.resume.${FIRST}`,
      `command.resume.${FIRST} must be true, false, "approve", "deny", or {"approved": …, "note": …}.`,
    ],
    [
      'with a field that a decision has not',
      { resume: { [FIRST]: { approved: true, args: {} } } },
      {},
      `command.resume.${FIRST}.args`,
      `command.resume.${FIRST}.args is no field that is known here. Leave it out.`,
    ],
    [
      'for a call that there is not',
      { resume: { 'call-9': true } },
      {},
      'command.resume.call-9',
      `command.resume.call-9 names no call that was asked for. What waits for approval is "${FIRST}".`,
    ],
    [
      'with a node to go to',
      { goto: 'tools', resume: true },
      {},
      'command.goto',
      'command.goto cannot be carried out: a run takes the steps of its workflow.',
    ],
    [
      'with an update',
      { update: { mood: 'calm' }, resume: true },
      {},
      'command.update',
      'command.update cannot be carried out: change the state of the thread instead.',
    ],
    [
      'with another member',
      { resume: true, graph: 'x' },
      {},
      'command.graph',
      /is no field that is known here/,
    ],
    [
      'together with input',
      { resume: true },
      { input: { messages: [{ type: 'human', content: 'And?' }] } },
      'input',
      'input cannot be sent together with command. Send it in a request of its own.',
    ],
    [
      'together with metadata',
      { resume: true },
      { metadata: { plan: 'gold' } },
      'metadata',
      /no run is made/,
    ],
    ['for later', { resume: true }, { after_seconds: 5 }, 'after_seconds', /counts at once/],
    [
      'for another assistant',
      { resume: true },
      { assistant_id: 'other' },
      'assistant_id',
      /must be "support"/,
    ],
    ['for no assistant', { resume: true }, { assistant_id: 'nobody' }, 'assistant_id', /"support"/],
    [
      'from a checkpoint before the run',
      { resume: true },
      { checkpoint_id: '000000000000' },
      'checkpoint_id',
      /Leave it out/,
    ],
  ])('%s', async (_, command, more, field, sentence) => {
    const waits = await asked();
    const body = { assistant_id: 'support', command, ...more };
    for (const refused of await onEveryRoute(waits, body)) {
      expect(refused).toMatchObject({
        status: 422,
        code: 'invalid_input',
        message: typeof sentence === 'string' ? sentence : expect.stringMatching(sentence),
        details: { field },
      });
    }
    expect(await waits.waiting()).toEqual([FIRST]);
    expect(await waits.decisions()).toEqual([null]);
  });

  test('where nothing waits', async () => {
    const { body: thread } = await api().call('POST', '/threads', { body: {} });
    for (const resume of [true, { [FIRST]: true }]) {
      const response = await api().call('POST', `/threads/${thread.thread_id}/runs`, {
        body: { assistant_id: 'support', command: { resume } },
      });
      expect(response).toMatchObject({
        status: 409,
        body: {
          error: {
            code: 'conflict',
            message: 'No run of the thread waits for approval, so there is nothing to resume.',
          },
        },
      });
    }
  });

  test('without a thread, by a key that may only read, and by one of another project', async () => {
    const waits = await asked();
    const body = { assistant_id: 'support', command: { resume: true } };
    const alone = await api().call('POST', '/runs', { body });
    expect(alone).toMatchObject({ status: 422, body: { error: { details: { field: 'command' } } } });
    for (const refused of await onEveryRoute(waits, body, api().keys.default.read)) {
      expect(refused).toMatchObject({ status: 403 });
    }
    for (const refused of await onEveryRoute(waits, body, api().keys.other.admin)) {
      expect(refused).toMatchObject({ status: 404, code: 'not_found' });
    }
    expect(await waits.decisions()).toEqual([null]);
  });

  test('once the run was cancelled', async () => {
    const { at, runId, resume } = await asked();
    await api().call('POST', `${at}/runs/${runId}/cancel?wait=1`);
    expect((await resume(true)).status).toBe(409);
    expect((await resume({ [FIRST]: true })).status).toBe(409);
    expect(refunds()).toBe(0);
  });
});
