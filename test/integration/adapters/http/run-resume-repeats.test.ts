import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { FIRST, openAskingApi, SECOND } from './asking-api.ts';

const { api, asked, refunds, losingAnswers } = openAskingApi();

describe('a resume that is sent again', () => {
  test('with its Idempotency-Key decides nothing that is asked since, and is answered alike', async () => {
    const { until, resume, decisions } = await asked();
    const key = { 'idempotency-key': randomUUID() };

    const first = await resume(true, key);
    await until(SECOND);
    const again = await resume(true, key);

    expect(again.text).toBe(first.text);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await decisions()).toEqual([true, null]);
    expect((await resume(false, key)).status).toBe(409);
    expect(await decisions()).toEqual([true, null]);
  });

  test('with its Idempotency-Key, when the answer was lost with the process, neither', async () => {
    const { runId, until, resume, decisions } = await asked();
    const key = { 'idempotency-key': randomUUID() };

    await losingAnswers(async () => expect((await resume(true, key)).status).toBe(503));
    await until(SECOND);
    const again = await resume(true, key);

    expect(again).toMatchObject({ status: 200, body: { run_id: runId } });
    expect(await decisions()).toEqual([true, null]);
  });

  test('ten times at once decides once', async () => {
    const { until, resume, decisions } = await asked();
    const key = { 'idempotency-key': randomUUID() };

    const answers = await Promise.all(Array.from({ length: 10 }, () => resume(true, key)));

    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    await until(SECOND);
    expect(await decisions()).toEqual([true, null]);
    expect(refunds()).toBe(1);
  });

  test('and names its call needs no key: the same is answered alike, and another decision refused', async () => {
    const { at, runId, until, resume, decisions } = await asked();
    expect((await resume({ [FIRST]: true })).status).toBe(200);
    await until(SECOND);

    expect(await resume({ [FIRST]: true })).toMatchObject({
      status: 200,
      body: { run_id: runId },
    });
    expect(await resume({ [FIRST]: false })).toMatchObject({
      status: 409,
      body: { error: { message: `"${FIRST}" was approved before, and that stays.` } },
    });
    expect(await decisions()).toEqual([true, null]);

    await resume({ [SECOND]: false });
    await api().call('GET', `${at}/runs/${runId}/join`);
    // Also when the run has ended
    expect(await resume({ [FIRST]: true })).toMatchObject({
      status: 200,
      body: { status: 'success' },
    });
    expect((await resume({ [SECOND]: true })).status).toBe(409);
  });

  test('as a stream begins where the first began', async () => {
    const { at, runId } = await asked();
    const body = { assistant_id: 'support', command: { resume: { [FIRST]: true } } };
    const headers = { 'idempotency-key': randomUUID() };
    const stream = () => api().call('POST', `${at}/runs/stream`, { body, headers });

    const [one, again] = [await stream(), await stream()];

    // Both begin where the run stood when it was decided about
    expect(one.headers.get('content-location')).toBe(`${at}/runs/${runId}`);
    expect(one.text).toMatch(/^id: 1-9+\nevent: metadata\n/);
    expect(one.text).toContain(`"__interrupt__":[{"id":"${SECOND}"`);
    expect(one.text).not.toContain(`"__interrupt__":[{"id":"${FIRST}"`);
    expect(again.text.replaceAll(': heartbeat\n', '')).toBe(one.text.replaceAll(': heartbeat\n', ''));
  });
});

test('a run that is cancelled while it waits on tells so to whoever comes for the rest', async () => {
  const { at, runId } = await asked();
  const body = { assistant_id: 'support', command: { resume: true }, stream_mode: 'values' };
  const waiting = await api().call('POST', `${at}/runs/stream`, { body });
  const [, lastEventId = ''] = /\nid: (\S+)\nevent: end\n/.exec(waiting.text) ?? [];
  await api().call('POST', `${at}/runs/${runId}/cancel?wait=1`);
  const { text } = await api().call('GET', `${at}/runs/${runId}/stream?stream_mode=values`, {
    headers: { 'last-event-id': lastEventId },
  });
  expect(text).toMatch(
    /event: values\ndata: [^]*event: end\ndata: \{"run_id":"[^"]+","status":"interrupted"\}\n\n$/,
  );
});
