import { expect, test } from 'vitest';
import { Secret } from '../../../src/app/config/secret.ts';
import { createRootLogger, prettyFormat } from '../../../src/app/logging.ts';

const CANARY = 'xoxb-canary-"quoted"/slash\\';

async function record(isTerminal: boolean) {
  const lines: string[] = [];
  const logger = createRootLogger({
    level: 'debug',
    ...(isTerminal ? { format: await prettyFormat() } : {}),
    secrets: [new Secret(CANARY)],
    write: (line) => void lines.push(line),
  });
  return { logger, text: () => lines.join('') };
}

for (const isTerminal of [false, true]) {
  test(`no secret reaches a line, wherever it comes from (terminal: ${isTerminal})`, async () => {
    const { logger, text } = await record(isTerminal);
    const cause = new Error(`the cause holds ${CANARY}`);
    const error = new Error(`the message holds ${CANARY}`, { cause });
    Object.assign(error, { request: { headers: { authorization: `Bearer ${CANARY}` } } });

    logger.warn({ err: error, deep: { list: [{ token: CANARY }] }, [CANARY]: 1 }, `said ${CANARY}`);

    expect(text()).toContain('[secret]');
    expect(text()).not.toContain('canary');
  });
}

test('an error is logged with its code and stack, and without the headers of a request', async () => {
  const { logger, text } = await record(false);
  const headers = { authorization: 'Bearer of-another' };
  const error = Object.assign(new Error('refused'), {
    code: 'platform_refused',
    config: { headers },
    request: { headers },
    requestBody: { json: 'what was sent' },
    response: { headers },
  });

  logger.error({ err: error }, 'a call failed');

  const line = JSON.parse(text());
  expect(line).toMatchObject({ msg: 'a call failed', err: { message: 'refused', code: 'platform_refused' } });
  expect(line.err.stack).toContain('logging.test.ts');
  expect(text()).not.toContain('of-another');
  expect(text()).not.toContain('what was sent');
});
