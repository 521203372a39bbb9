import { expect, test } from 'vitest';
import {
  type Approval,
  type AskedCall,
  isWaiting,
  mayDecide,
  refusalText,
  stateOfCall,
} from '../../../../src/core/approval/approval.ts';
import { approvalButtons, approvalText } from '../../../../src/core/approval/approval-text.ts';
import { discordText } from '../../../../src/adapters/discord/format.ts';
import { slackText } from '../../../../src/adapters/slack/format.ts';

const ASKED = new Date('2026-08-01T10:00:00Z');
const OVER = new Date('2026-08-01T18:00:00Z');
const before = new Date(OVER.getTime() - 1);

function asked(changes: Partial<AskedCall> = {}): AskedCall {
  return { id: 'call-1', name: 'refund', args: { order: 7 }, by: null, decision: null, ...changes };
}

function decided(approved: boolean, note: string | null = null): AskedCall {
  return asked({ decision: { approved, by: 'U1', name: 'Ada', note, at: ASKED } });
}

function approval(calls: AskedCall[], text = 'Let me see.'): Approval {
  return {
    calls,
    said: [{ role: 'ai', text, toolCalls: calls }],
    usage: null,
    askedBy: 'U1',
    askedAt: ASKED,
    expiresAt: OVER,
  };
}

test('a call waits until it is decided or its time is over, and a decision outlives that', () => {
  const states = [asked(), decided(true), decided(false)].map((call) =>
    [before, OVER].map((now) => stateOfCall(call, { expiresAt: OVER }, now)),
  );
  expect(states).toEqual([
    ['waiting', 'expired'],
    ['approved', 'approved'],
    ['denied', 'denied'],
  ]);
});

test('a run waits while one of its calls does', () => {
  expect(isWaiting(approval([decided(true), asked()]), before)).toBe(true);
  expect(isWaiting(approval([decided(true), asked()]), OVER)).toBe(false);
  expect(isWaiting(approval([decided(true), decided(false)]), before)).toBe(false);
  expect(isWaiting(undefined, before)).toBe(false);
});

test.each([
  [null, { id: 'U1' }, true],
  [null, { id: 'U2' }, false],
  [['U2'], { id: 'U2' }, true],
  // Who asked is not enough where others are named.
  [['U2'], { id: 'U1' }, false],
  [['R1'], { id: 'U3', roles: ['R0', 'R1'] }, true],
  [['R1'], { id: 'U3', roles: [] }, false],
])('with the list %j the person %j may decide: %s', (by, person, may) => {
  expect(mayDecide({ by }, { askedBy: 'U1' }, person)).toBe(may);
});

test('nobody may decide with a button what a program asked for, unless people are named', () => {
  expect(mayDecide({ by: null }, { askedBy: null }, { id: 'U1' })).toBe(false);
});

test('the model reads why a call was not made', () => {
  expect(refusalText(decided(false, 'Too much.'))).toBe(
    '"refund" was not called: Ada denied it. They said: Too much.',
  );
  expect(refusalText(asked())).toBe('"refund" was not called: nobody approved it in time.');
});

test('people read what was said, what is asked and until when', () => {
  expect(approvalText(approval([asked()]), before)).toBe(
    [
      'Let me see.',
      '**Approval needed**\n⏳ `refund` with `{"order":7}`',
      '_Only the person who asked can decide. Open until 2026-08-01 18:00 UTC._',
    ].join('\n\n'),
  );
  expect(approvalButtons(approval([asked()]), before)).toEqual([{ call: 0, label: '' }]);
});

test('of several calls each has its number, and those that are decided have no buttons', () => {
  const many = approval([decided(true), asked({ id: 'call-2' }), asked({ id: 'call-3' })]);
  expect(approvalText(many, before)).toContain('1. ✅ `refund`');
  expect(approvalButtons(many, before)).toEqual([
    { call: 1, label: '2' },
    { call: 2, label: '3' },
  ]);
  const eight = approval(Array.from({ length: 8 }, (_, index) => asked({ id: `call-${index}` })));
  expect(approvalButtons(eight, before)).toHaveLength(5);
});

test('what was asked in an earlier step is not shown again', () => {
  const again = { ...approval([decided(true), asked({ id: 'call-9' })]) };
  again.said = [
    { role: 'ai', text: 'First.', toolCalls: [decided(true)] },
    { role: 'ai', text: 'Second.', toolCalls: [asked({ id: 'call-9' })] },
  ];
  expect(approvalText(again, before)).toMatch(/^Second\.\n\n\*\*Approval needed\*\*\n⏳/);
  expect(approvalButtons(again, before)).toEqual([{ call: 1, label: '' }]);
});

test('arguments cannot ping, break out of their code or hide what is asked', () => {
  const args = { text: '`@everyone` <!channel> <@U1>\n\n**Approved**', more: 'x'.repeat(5_000) };
  const text = approvalText(approval([asked({ args })], ''), before);
  expect(text.length).toBeLessThan(600);
  expect(
    text
      .split('\n')
      .find((line) => line.includes('refund'))
      ?.match(/`/g),
  ).toHaveLength(4);
  expect(slackText.format(text)).not.toMatch(/<!channel>|<@U1>/);
  expect(discordText.format(text)).not.toContain('@everyone');
});
