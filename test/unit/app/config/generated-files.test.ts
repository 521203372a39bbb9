import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { loadConfigFile } from '../../../../src/app/config/config-file.ts';
import { generatedFiles } from '../../../../src/app/config/generated-files.ts';
import { decideListening } from '../../../../src/core/listening/decide-listening.ts';
import { decideRoute } from '../../../../src/core/routing/decide-route.ts';
import { extractMetadata } from '../../../../src/core/routing/extract.ts';
import { routeInput } from '../../core/routing/route-inputs.ts';

const root = new URL('../../../../', import.meta.url);
const example = () =>
  loadConfigFile({
    path: new URL('threadrelay.yaml', root).pathname,
    isNamed: true,
    workflows: ['assistant'],
  });

test.each([...generatedFiles()])(
  '%s is what the schemas say (else run src/app/config/write-schema.ts)',
  (path, text) => {
    expect(readFileSync(new URL(path, root), 'utf8')).toBe(text);
  },
);

test('the example takes a ticket id from the first message and sends the thread to triage', () => {
  const { routes, extractRules } = example();
  const found = extractMetadata(extractRules, routeInput({ text: 'TICKET-123 is back' }));
  const decision = decideRoute(routes, routeInput({ metadata: found }));
  expect(decision).toMatchObject({ rule: 'ticket', target: { assistant: 'triage', priority: 10 } });
  expect(decision.why).toBe("thread.metadata.ticket_id is 'TICKET-123', wanted any value");
});

test('the example sends Discord posts tagged billing to billing, and all else to the default', () => {
  const { routes } = example();
  const post = routeInput({ metadata: { tags: ['billing'] } });
  const origin = { platform: 'discord' as const, tenant: 'G1', channel: 'F1', thread: 'P1' };
  const inDiscord = { ...post, thread: { ...post.thread, origin } };
  expect(decideRoute(routes, inDiscord).rule).toBe('billing-forum');
  expect(decideRoute(routes, routeInput({ text: 'hello' })).rule).toBe('default');
});

test('the example answers every post of the forum help, and mentions in #support', () => {
  const { bindings } = example();
  const said = { isDirectMessage: false, isThreadReply: false, threadKnown: false };
  const post = { platform: 'discord', tenant: 'G1', channel: 'F1', channelName: 'help' } as const;
  const mention = { platform: 'slack', tenant: 'T1', channel: 'C1', channelName: 'support' } as const;
  expect(decideListening(bindings, { ...post, ...said, mentionsBot: false }).answer).toBe(true);
  expect(decideListening(bindings, { ...mention, ...said, mentionsBot: true }).answer).toBe(true);
  expect(decideListening(bindings, { ...mention, ...said, mentionsBot: false }).answer).toBe(false);
});
