import { expect, test } from 'vitest';
import { ERROR_STATUS } from '../../../src/adapters/http/errors.ts';
import { STREAM_MODES } from '../../../src/core/streaming/stream-mode.ts';
import { LIMITS } from '../../../src/core/limits.ts';
import { SCOPES } from '../../../src/core/ports/access.ts';
import { TIMINGS } from '../../../src/core/timings.ts';
import { codeRows, projectFile, section } from './markdown.ts';

const page = projectFile('docs/api.md');

test('the page has a row for every code of an error, with its status', () => {
  const told = codeRows(section(page, '## Errors')).map(([code, status]) => [code, Number(status)]);
  // What only workers and adapters meet is `internal` to a program.
  const codes = Object.entries(ERROR_STATUS).filter(
    ([code, status]) => status !== 500 || code === 'internal',
  );

  expect(Object.fromEntries(told)).toEqual(Object.fromEntries(codes));
  expect(told).toHaveLength(codes.length);
});

test('the page has a row for every mode of a stream and for every scope', () => {
  const modes = codeRows(section(page, '## Streaming')).map(([mode]) => mode);
  const scopes = codeRows(section(page, '## Keys and scopes')).map(([scope]) => scope);

  expect(modes).toEqual([...STREAM_MODES]);
  expect(scopes).toEqual([...SCOPES]);
});

test('the times and numbers of the page are those of the code', () => {
  expect(page).toContain(`for ${TIMINGS.eventTtlMs / 60_000} minutes after the last one`);
  expect(page).toContain(`at most ${TIMINGS.eventMaxEntries.toLocaleString('en')} batches`);
  expect(page).toContain(`answer for ${LIMITS.idempotencyMs / 3_600_000} hours`);
  expect(page).toContain(`${LIMITS.threadDataBytes / 1_024} KiB`);
  const seconds = LIMITS.requestWindowMs / 1_000;
  const rate = (LIMITS.requestsPerKey / seconds).toLocaleString('en');
  expect(page).toContain(`${rate} unless set, on average over ${seconds} s`);
  expect(LIMITS.afterlifeMs).toBe(60_000);
  expect(page).toContain('deleted a minute after');
});
