import { expect, test } from 'vitest';
import {
  compileExtractRules,
  type ExtractRule,
  extractMetadata,
} from '../../../../src/core/routing/extract.ts';
import { routeInput } from './route-inputs.ts';

const TICKET: ExtractRule = { from: 'message.text', pattern: '(?<ticket_id>TICKET-\\d+)' };

function extract(rules: readonly ExtractRule[], given: Parameters<typeof routeInput>[0]) {
  const compiled = compileExtractRules(rules);
  expect(compiled.faults).toEqual([]);
  return extractMetadata(compiled.rules, routeInput(given));
}

function faultsOf(rule: ExtractRule): string {
  return compileExtractRules([rule])
    .faults.map(({ message }) => message)
    .join(' ');
}

test('a ticket id is taken from the text', () => {
  expect(extract([TICKET], { text: 'about TICKET-123 and TICKET-9' })).toEqual({ ticket_id: 'TICKET-123' });
});

test('text without a match changes nothing', () => {
  expect(extract([TICKET], { text: 'hello' })).toEqual({});
});

test('a missing thread name changes nothing', () => {
  expect(extract([{ ...TICKET, from: 'thread.name' }], {})).toEqual({});
});

test('the first rule that finds a key keeps it', () => {
  const rules = [TICKET, { ...TICKET, from: 'thread.name' }];
  expect(extract(rules, { text: 'TICKET-1', name: 'TICKET-2' })).toEqual({ ticket_id: 'TICKET-1' });
  expect(extract(rules, { text: 'none', name: 'TICKET-2' })).toEqual({ ticket_id: 'TICKET-2' });
});

test('templates put groups together, and half a match yields nothing', () => {
  const rule = { from: 'message.text', pattern: '(?<team>\\w+)/(?<nr>\\d+)?', to: { id: '$team-$nr' } };
  expect(extract([rule], { text: 'web/7' })).toEqual({ id: 'web-7' });
  expect(extract([rule], { text: 'web/' })).toEqual({});
});

test('values are cut at 200 characters, and null bytes and torn pairs do not get through', () => {
  const rule = { from: 'message.text', pattern: '(?<all>(?s:.*))' };
  const { all = '' } = extract([rule], { text: `\u0000${'x'.repeat(198)}😀😀` });
  expect(all.length).toBeLessThanOrEqual(200);
  expect(all).not.toContain('\u0000');
  expect(all.isWellFormed()).toBe(true);
});

test('text cannot choose the key it is put under', () => {
  const text = '__proto__=1 TICKET-5 plan=enterprise';
  expect(extract([TICKET], { text })).toEqual({ ticket_id: 'TICKET-5' });
});

test('rules that cannot work are faults', () => {
  expect(faultsOf({ ...TICKET, pattern: 'TICKET-\\d+' })).toContain('names no group');
  expect(faultsOf({ ...TICKET, pattern: '(' })).toContain('RE2');
  expect(faultsOf({ ...TICKET, to: { a: '$nope' } })).toContain('no group named "nope"');
  expect(faultsOf({ ...TICKET, to: { constructor: '$ticket_id' } })).toContain('forbidden');
  expect(faultsOf({ ...TICKET, from: 'message.txt' })).toContain('message.text');
});
