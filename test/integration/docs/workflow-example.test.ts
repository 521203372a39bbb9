import { afterEach, expect, test } from 'vitest';
import { assistant } from '../../../src/workflows/assistant/assistant.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { officeHours } from '../../fixtures/workflows/office-hours.ts';
import { blocksIn, projectFile } from '../../unit/docs/markdown.ts';

let service: RelayService | null = null;
afterEach(async () => {
  await service?.close();
  service = null;
});

test('the workflow and the configuration of docs/workflows.md answer as the page says', async () => {
  const [config = ''] = blocksIn(projectFile('docs/workflows.md'), 'yaml');
  service = await startRelayService({ config, workflows: [assistant, officeHours], discord: false });
  const { slack, stores } = service;
  const channel = slack.addChannel({ name: 'general' });
  const user = slack.addUser({ name: 'Ada' });
  const { ts } = slack.say({
    channel: channel.id,
    user: user.id,
    text: `<@${slack.botUserId}> this is urgent`,
  });

  const origin = { platform: 'slack', tenant: slack.teamId, channel: channel.id, thread: ts } as const;
  const thread = await eventually(() => stores.threads.findByOrigin(origin), 'the thread is stored');
  const run = await eventually(async () => {
    const [found] = await stores.runs.listByThread(thread.id, 1);
    return found?.status === 'succeeded' ? found : null;
  }, 'the run succeeds');
  expect(run).toMatchObject({ workflow: 'office-hours', priority: 10, route: { rule: 'urgent' } });
  const isOpen = run.createdAt.getUTCHours() >= 8 && run.createdAt.getUTCHours() < 17;
  const notice = isOpen ? '' : '_Our engineers are back at 8:00 UTC. Until then:_\n\n';
  const [, answer] = await stores.messages.tail(thread.id, 10);
  expect(answer?.text).toBe(`${notice}You wrote: this is urgent`);
});
