import { fc } from '../../../fixtures/fast-check.ts';
import { expect, test } from 'vitest';
import { parseEvent } from '../../../../src/adapters/slack/parse-event.ts';

const context = {
  identity: { botUserId: 'UBOT' },
  names: { userName: () => undefined, channelName: (id: string) => (id === 'C1' ? 'help' : undefined) },
  tenant: 'T1',
};
const TS = '1700000000.000100';
const LATER = '1700000060.000200';
const said = { type: 'message', channel: 'C1', channel_type: 'channel', user: 'U1', ts: TS, text: 'hello' };
const parse = (event: Record<string, unknown>) => parseEvent(event, context);
const kinds = (event: Record<string, unknown>) => parse(event).map(({ kind }) => kind);
const messageOf = (event: Record<string, unknown>) => {
  const [fact] = parse(event);
  return fact?.kind === 'message' ? fact.message : undefined;
};

test('a message of a channel starts a thread on its own timestamp', () => {
  expect(messageOf(said)).toEqual({
    origin: { platform: 'slack', tenant: 'T1', channel: 'C1', thread: TS },
    sourceId: TS,
    author: { id: 'U1', isBot: false },
    text: 'hello',
    attachments: [],
    sentAt: new Date(1_700_000_000_000),
    mentionsBot: false,
    isDirectMessage: false,
    startsThread: true,
    threadName: null,
    channelName: 'help',
    metadata: {},
  });
});

test('a reply belongs to the thread of its root', () => {
  const reply = messageOf({ ...said, ts: LATER, thread_ts: TS });
  expect(reply).toMatchObject({ origin: { thread: TS }, sourceId: LATER, startsThread: false });
});

test('app_mention and message of one post tell the same message', () => {
  const text = '<@UBOT> hello';
  const { channel_type: _, ...mention } = { ...said, text, type: 'app_mention' };
  expect(messageOf(mention)).toEqual(messageOf({ ...said, text }));
  expect(messageOf(mention)?.mentionsBot).toBe(true);
});

test('a direct message is known by its channel type or its channel id', () => {
  expect(messageOf({ ...said, channel: 'D1', channel_type: 'im' })?.isDirectMessage).toBe(true);
  expect(messageOf({ ...said, channel: 'D1', channel_type: undefined })?.isDirectMessage).toBe(true);
  expect(messageOf({ ...said, channel: 'G1', channel_type: 'mpim' })?.isDirectMessage).toBe(false);
});

test('bots, the bot itself and system messages are nobody', () => {
  for (const other of [
    { bot_id: 'B1' },
    { subtype: 'bot_message', bot_id: 'B1', user: undefined },
    { user: 'UBOT' },
    { user: 'USLACKBOT' },
    { user: undefined },
    { subtype: 'channel_join' },
    { subtype: 'assistant_app_thread' },
    { subtype: 'message_replied' },
  ]) {
    expect(kinds({ ...said, ...other }), JSON.stringify(other)).toEqual(['ignored']);
    expect(kinds({ ...said, type: 'app_mention', ...other }), JSON.stringify(other)).toEqual(['ignored']);
  }
});

test('files, broadcasts and me-messages are what a person said', () => {
  for (const subtype of ['file_share', 'thread_broadcast', 'me_message']) {
    expect(kinds({ ...said, subtype })).toEqual(['message']);
  }
});

test('files without words are an empty text with attachments; deleted files are none', () => {
  const files = [
    {
      id: 'F1',
      name: 'a.pdf',
      mimetype: 'application/pdf',
      size: 12,
      url_private_download: 'https://f.test/a',
    },
    { id: 'F2', mode: 'tombstone' },
    { id: 'F3' },
  ];
  const message = messageOf({ ...said, text: '', subtype: 'file_share', files });
  expect(message?.text).toBe('');
  expect(message?.attachments).toEqual([
    { id: 'F1', name: 'a.pdf', mediaType: 'application/pdf', sizeBytes: 12, url: 'https://f.test/a' },
    { id: 'F3', name: 'F3', mediaType: null, sizeBytes: null, url: null },
  ]);
});

test('words that are only in blocks are read from them, mentions too', () => {
  const section = (...elements: object[]) => ({ type: 'rich_text_section', elements });
  const blocks = [
    {
      type: 'rich_text',
      elements: [
        section(
          { type: 'user', user_id: 'UBOT' },
          { type: 'text', text: ' a <b> & ' },
          { type: 'link', url: 'http://x' },
        ),
        { type: 'rich_text_list', elements: [section({ type: 'text', text: 'one' })] },
        { type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'code' }] },
      ],
    },
    { type: 'section', text: { type: 'mrkdwn', text: '<http://y|why>' } },
  ];
  const message = messageOf({ ...said, text: '', blocks });
  expect(message?.mentionsBot).toBe(true);
  expect(message?.text).toBe('a <b> & http://x\n- one\n```\ncode\n```\n[why](http://y)');
});

const change = (message: object, previous: object = {}) => ({
  type: 'message',
  subtype: 'message_changed',
  channel: 'C1',
  ts: LATER,
  event_ts: LATER,
  message: { ...said, text: 'new', edited: { user: 'U1', ts: LATER }, ...message },
  previous_message: { ...said, ...previous },
});

test("a person's edit of the words is an edit", () => {
  expect(parse(change({ thread_ts: '1699999999.000000' }))).toEqual([
    {
      kind: 'edit',
      edit: {
        origin: { platform: 'slack', tenant: 'T1', channel: 'C1', thread: '1699999999.000000' },
        sourceId: TS,
        text: 'new',
        editedAt: new Date(1_700_000_060_000),
      },
    },
  ]);
});

test("link previews and the bot's own edits are no edits", () => {
  expect(kinds(change({ text: 'hello', attachments: [{ from_url: 'http://x' }] }))).toEqual(['ignored']);
  expect(kinds(change({ user: 'UBOT', bot_id: 'B1' }))).toEqual(['ignored']);
  expect(kinds(change({ user: 'U2', bot_id: 'B2' }))).toEqual(['ignored']);
  expect(kinds(change({ subtype: 'bot_message', user: undefined, bot_id: 'B2' }))).toEqual(['ignored']);
});

test('a deleted reply is a deletion; a deleted root closes its thread', () => {
  const deleted = { type: 'message', subtype: 'message_deleted', channel: 'C1', ts: LATER, deleted_ts: TS };
  const reply = { ...deleted, previous_message: { ...said, thread_ts: '1699999999.000000' } };
  expect(kinds(reply)).toEqual(['deletion']);
  const [deletion, closure] = parse({ ...deleted, previous_message: said });
  const origin = { platform: 'slack', tenant: 'T1', channel: 'C1', thread: TS };
  const at = new Date(1_700_000_060_000);
  expect(deletion).toEqual({ kind: 'deletion', deletion: { origin, sourceId: TS, deletedAt: at } });
  expect(closure).toEqual({ kind: 'closure', closure: { origin, reason: 'root_deleted', closedAt: at } });
});

test('a root that became a tombstone closes its thread', () => {
  const tombstone = {
    subtype: 'tombstone',
    user: 'USLACKBOT',
    text: 'This message was deleted.',
    thread_ts: TS,
  };
  expect(kinds(change(tombstone))).toEqual(['deletion', 'closure']);
});

test("a deletion of the bot's own message is told, so that its delivery ends", () => {
  const previous = { ...said, user: 'UBOT', bot_id: 'B1', thread_ts: '1699999999.000000' };
  const event = {
    type: 'message',
    subtype: 'message_deleted',
    channel: 'C1',
    deleted_ts: TS,
    previous_message: previous,
  };
  expect(kinds(event)).toEqual(['deletion']);
});

test('the stop button stops the thread it was pressed in', () => {
  const event = {
    type: 'agent_session_stopped',
    channel: 'D1',
    thread_ts: TS,
    user: 'U1',
    streaming_message_ts: [],
  };
  expect(parse(event)).toEqual([
    { kind: 'stop', origin: { platform: 'slack', tenant: 'T1', channel: 'D1', thread: TS } },
  ]);
});

test('no event whatever makes parsing fail', () => {
  const field = fc.oneof(
    fc.anything(),
    fc.constantFrom('message', 'message_changed', 'message_deleted', TS, 'U1', 'C1'),
  );
  const inner = fc.dictionary(
    fc.constantFrom('user', 'ts', 'text', 'subtype', 'thread_ts', 'edited', 'blocks'),
    field,
  );
  fc.assert(
    fc.property(
      fc.record(
        {
          type: fc.constantFrom('message', 'app_mention', 'agent_session_stopped', 'channel_rename', 'x'),
          subtype: field,
          channel: field,
          user: field,
          ts: field,
          text: field,
          thread_ts: field,
          message: fc.oneof(inner, field),
          previous_message: fc.oneof(inner, field),
          files: fc.array(field),
          blocks: fc.array(field),
          deleted_ts: field,
        },
        { requiredKeys: ['type'] },
      ),
      (event) => parse(event).length > 0,
    ),
    { numRuns: 1_000 },
  );
});
