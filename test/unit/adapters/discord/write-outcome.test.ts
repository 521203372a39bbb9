import { DiscordAPIError, HTTPError, RateLimitError } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { FAULTS } from '../../../../src/adapters/discord/api-faults.ts';
import { failureOf, waitOf } from '../../../../src/adapters/discord/write-outcome.ts';

const request = { body: undefined, files: undefined };

function apiError(status: number, code: number, raw: Record<string, unknown> = {}): DiscordAPIError {
  return new DiscordAPIError({ code, message: 'no', ...raw }, code, status, 'POST', 'http://x.test', request);
}

function rateLimit(changes: Partial<RateLimitError> = {}): RateLimitError {
  return new RateLimitError({
    global: false,
    method: 'POST',
    url: 'http://x.test',
    route: '/channels/:id/messages',
    majorParameter: '1',
    hash: 'h',
    limit: 5,
    timeToReset: 900,
    retryAfter: 2_050,
    sublimitTimeout: 0,
    scope: 'user',
    ...changes,
  });
}

describe('what a failed call to Discord means', () => {
  it.each([
    [404, 10003, 'thread_gone'],
    [404, 10008, 'message_gone'],
    [403, 50001, 'no_access'],
    [403, 50013, 'no_access'],
    [403, 50005, 'not_editable'],
    [400, 50083, 'archived'],
    [403, 160005, 'locked'],
    [400, 50006, 'invalid'],
    [413, 40005, 'too_long'],
    [401, 0, 'bad_credentials'],
    [403, 987_654, 'no_access'],
    [400, 987_654, 'invalid'],
  ])('status %i with code %i is rejected as %s', (status, code, reason) => {
    expect(failureOf(apiError(status, code), false)).toMatchObject({ kind: 'rejected', reason });
  });

  it('a text that is too long is told from other malformed messages', () => {
    const errors = { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH', message: 'long' }] } };
    expect(failureOf(apiError(400, 50035, { errors }), false)).toMatchObject({ reason: 'too_long' });
    expect(failureOf(apiError(400, 50035), false)).toMatchObject({ reason: 'invalid' });
  });

  it('a limit is retryable with the longest wait that Discord named', () => {
    expect(failureOf(rateLimit(), false)).toMatchObject({
      kind: 'retryable',
      rateLimited: true,
      waitMs: 2_050,
    });
    expect(waitOf(rateLimit({ timeToReset: 4_000 }))).toBe(4_000);
    expect(failureOf(apiError(400, 30046), true)).toMatchObject({ kind: 'retryable', waitMs: 60_000 });
  });

  it('a server error leaves a post uncertain, and an edit worth another try', () => {
    const error = new HTTPError(502, 'Bad Gateway', 'POST', 'http://x.test', request);
    expect(failureOf(error, false).kind).toBe('ambiguous');
    expect(failureOf(error, true).kind).toBe('retryable');
  });

  it('a connection that was never made is certain, one that broke is not', () => {
    const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' });
    const reset = Object.assign(new Error('no'), { code: 'ECONNRESET' });
    expect(failureOf(refused, false).kind).toBe('retryable');
    expect(failureOf(new TypeError('fetch', { cause: refused }), false).kind).toBe('retryable');
    expect(failureOf(reset, false).kind).toBe('ambiguous');
    expect(failureOf(new DOMException('aborted', 'AbortError'), true).kind).toBe('ambiguous');
  });

  it('every code has a sentence for people', () => {
    for (const fault of Object.values(FAULTS)) expect(fault.sentence).toMatch(/^[A-Z].*\.$/);
  });
});
