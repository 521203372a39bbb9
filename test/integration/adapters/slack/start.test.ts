import { afterEach, expect, test } from 'vitest';
import { checkSlack } from '../../../../src/adapters/slack/check-slack.ts';
import { BOT_SCOPES } from '../../../../src/adapters/slack/permissions.ts';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { createSlackFake } from '../../../fakes/slack/index.ts';
import { type Setup, setUp } from './harness.ts';

let setup: Setup | undefined;
afterEach(async () => {
  await setup?.close();
  setup = undefined;
});

async function faultOf(start: Promise<void>): Promise<ThreadrelayError> {
  const fault = await start.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(fault instanceof ThreadrelayError)) throw new Error(`no clear error, but ${String(fault)}`);
  return fault;
}

test('a wrong bot token is named with the way to mend it, and never shown', async () => {
  const { another } = (setup = await setUp({ start: false }));
  const fault = await faultOf(another({ token: 'xoxb-1-canary' }).start());
  expect(fault.code).toBe('invalid_configuration');
  expect(fault.message).toMatch(/SLACK_BOT_TOKEN \(invalid_auth\).*OAuth/);
  expect(JSON.stringify(fault) + fault.stack).not.toContain('canary');
});

test('a wrong app token is named with the way to mend it, and never shown', async () => {
  const { another, fake } = (setup = await setUp({ start: false }));
  const fault = await faultOf(another({ transport: { kind: 'socket', appToken: 'xapp-1-canary' } }).start());
  expect(fault.message).toMatch(/SLACK_APP_TOKEN \(\w+\).*connections:write/);
  expect(JSON.stringify(fault) + fault.stack).not.toContain('canary');
  expect(fake.connections).toBe(0);
});

test('a Slack that cannot be reached is a fault that may pass', async () => {
  const gone = await createSlackFake();
  await gone.close();
  const { another } = (setup = await setUp({ start: false }));
  expect(await faultOf(another({ apiUrl: gone.url }).start())).toMatchObject({
    code: 'platform_unreachable',
    retryable: true,
  });
});

test('who the bot is comes from Slack', async () => {
  const { adapter, fake } = (setup = await setUp());
  expect(adapter.identity()).toMatchObject({
    teamId: fake.teamId,
    botUserId: fake.botUserId,
    botId: fake.botId,
  });
});

test('the doctor finds nothing wrong where nothing is', async () => {
  const { fake } = (setup = await setUp({ start: false }));
  fake.setScopes(Object.keys(BOT_SCOPES));
  const { id } = fake.addChannel({ name: 'help' });
  const checks = await checkSlack({
    token: fake.botToken,
    appToken: fake.appToken,
    apiUrl: fake.url,
    channels: [{ id }, { name: '#Help' }],
  });
  expect(checks.filter(({ ok, mend }) => !ok || mend !== null)).toEqual([]);
  expect(checks.map(({ name }) => name)).toContain('Slack channel #help');
});

test('the doctor names each fault and how to mend it', async () => {
  const { fake } = (setup = await setUp({ start: false }));
  const { 'users:read': _, ...others } = BOT_SCOPES;
  fake.setScopes(Object.keys(others));
  fake.addChannel({ name: 'private-party', isMember: false });
  const checks = await checkSlack({
    token: fake.botToken,
    appToken: 'xapp-wrong',
    apiUrl: fake.url,
    channels: [{ name: 'private-party' }],
  });
  const faults = checks.filter(({ ok }) => !ok);
  expect(faults.map(({ name }) => name)).toEqual([
    'Slack scopes',
    'Slack app token',
    'Slack channel #private-party',
  ]);
  expect(faults[0]?.detail).toContain('users:read');
  expect(faults.every(({ mend }) => mend !== null)).toBe(true);
  const [token] = await checkSlack({ token: 'xoxb-wrong', apiUrl: fake.url });
  expect(token).toMatchObject({ ok: false, mend: expect.stringContaining('SLACK_BOT_TOKEN') });
});
