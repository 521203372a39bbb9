import { describe, expect, test } from 'vitest';
import type { Binding } from '../../../../src/core/listening/binding.ts';
import {
  decideListening,
  type ListeningInput,
  needsChannelNames,
} from '../../../../src/core/listening/decide-listening.ts';

const SLACK: Binding = {
  platform: 'slack',
  project: 'default',
  assistant: 'support',
  answer: 'mention',
  directMessages: true,
  channels: [
    { kind: 'channel', id: 'C-ALL', answer: 'every_message', assistant: 'greeter' },
    { kind: 'channel', name: '#Quiet', answer: 'never', assistant: 'support' },
  ],
};

const DISCORD: Binding = {
  ...SLACK,
  platform: 'discord',
  channels: [{ kind: 'forum', name: 'help', answer: 'every_message', assistant: 'helper' }],
};

const ACME: Binding = { ...SLACK, tenant: 'T-ACME', project: 'acme', directMessages: false, channels: [] };

function message(given: Partial<ListeningInput>): ListeningInput {
  return {
    platform: 'slack',
    tenant: 'T1',
    channel: 'C1',
    isDirectMessage: false,
    mentionsBot: false,
    isThreadReply: false,
    threadKnown: false,
    ...given,
  };
}

function decide(given: Partial<ListeningInput>) {
  return decideListening([SLACK, ACME, DISCORD], message(given));
}

describe('the bot answers', () => {
  test.each<[string, Partial<ListeningInput>]>([
    ['a mention', { mentionsBot: true }],
    ['a mention within a thread', { mentionsBot: true, isThreadReply: true }],
    ['a reply in a thread it is part of', { isThreadReply: true, threadKnown: true }],
    ['a direct message', { isDirectMessage: true }],
    ['every message of a channel set so', { channel: 'C-ALL' }],
    ['every reply of a channel set so', { channel: 'C-ALL', isThreadReply: true }],
    [
      'a post of a forum, by the name of the forum that holds it',
      { platform: 'discord', channel: 'P1', parentChannel: 'F1', parentChannelName: 'Help', isForum: true },
    ],
  ])('%s', (_, given) => {
    expect(decide(given).answer).toBe(true);
  });
});

describe('the bot leaves alone', () => {
  test.each<[string, Partial<ListeningInput>]>([
    ['a message that does not mention it', {}],
    ['a reply in a thread of others', { isThreadReply: true }],
    ['even mentions in a channel set to never', { channelName: 'quiet', mentionsBot: true }],
    ['direct messages where they are off', { tenant: 'T-ACME', isDirectMessage: true }],
    [
      'a text channel that bears a forum’s name',
      { platform: 'discord', channel: 'C9', channelName: 'help', isForum: false },
    ],
  ])('%s', (_, given) => {
    expect(decide(given).answer).toBe(false);
  });
});

test("a tenant's own binding goes before the one for all tenants", () => {
  expect(decide({ tenant: 'T-ACME', mentionsBot: true })).toMatchObject({ project: 'acme' });
  expect(decide({ tenant: 'T-ELSE', mentionsBot: true })).toMatchObject({ project: 'default' });
});

test('a tenant that no binding covers is left alone with that reason', () => {
  expect(decideListening([ACME], message({ mentionsBot: true }))).toEqual({
    answer: false,
    reason: 'no binding covers slack T1',
  });
});

test("a channel's assistant answers there", () => {
  expect(decide({ channel: 'C-ALL' })).toMatchObject({ assistant: 'greeter' });
});

test('names are looked up only where a binding uses them', () => {
  expect(needsChannelNames([SLACK], 'slack')).toBe(true);
  expect(needsChannelNames([ACME, DISCORD], 'slack')).toBe(false);
});
