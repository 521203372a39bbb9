import type { FastifyRequest } from 'fastify';
import { describe, expect, test } from 'vitest';
import { ApiError } from '../../../../src/adapters/http/errors.ts';
import { idsFrom, once } from '../../../../src/adapters/http/idempotency.ts';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import type { IdempotencyClaim, IdempotentRequest, KeptAnswer } from '../../../../src/core/ports.ts';

const ANSWER: KeptAnswer = { status: 201, headers: {}, body: '{"a":1}' };

/** Answers the claims that it is told to, and notes the rest. */
function house(...claims: IdempotencyClaim[]) {
  const asked: IdempotentRequest[] = [];
  const kept: KeptAnswer[] = [];
  let forgotten = 0;
  let time = 0;
  return {
    asked,
    kept,
    forgotten: () => forgotten,
    parts: {
      newId: () => '0199d7a4-6c1e-7c3a-9f0e-2f6f3f1f8a11',
      clock: {
        now: () => new Date(time),
        async sleep(ms: number) {
          time += ms;
        },
      },
      idempotency: {
        async claim(request: IdempotentRequest) {
          asked.push(request);
          return claims.shift() ?? { kind: 'in_progress' as const };
        },
        async keep(_request: IdempotentRequest, answer: KeptAnswer) {
          kept.push(answer);
        },
        async forget() {
          forgotten += 1;
        },
      },
    },
  };
}

function request(body: unknown, key: string | null = 'k1', url = '/threads'): FastifyRequest {
  return {
    method: 'POST',
    url,
    body,
    headers: key === null ? {} : { 'idempotency-key': key },
    apiKey: { projectId: 'default' },
  } as unknown as FastifyRequest;
}

const first: IdempotencyClaim = { kind: 'first', seed: '0199d7a4-6c1e-7c3a-9f0e-2f6f3f1f8a11' };

describe('a request with an Idempotency-Key', () => {
  test('is carried out once, and what it answered is kept', async () => {
    const { parts, kept } = house(first);

    const { answer, isRepetition } = await once(parts, request({}), async () => ANSWER);

    expect({ answer, isRepetition }).toEqual({ answer: ANSWER, isRepetition: false });
    expect(kept).toEqual([ANSWER]);
  });

  test('is answered with what was kept, and nothing is carried out', async () => {
    const { parts } = house({ kind: 'answered', answer: ANSWER });

    const { answer, isRepetition } = await once(parts, request({}), () =>
      Promise.reject(new Error('carried out')),
    );

    expect({ answer, isRepetition }).toEqual({ answer: ANSWER, isRepetition: true });
  });

  test('waits while another one carries it out', async () => {
    const { parts } = house(
      { kind: 'in_progress' },
      { kind: 'in_progress' },
      { kind: 'answered', answer: ANSWER },
    );

    await expect(once(parts, request({}), async () => ANSWER)).resolves.toMatchObject({ isRepetition: true });
  });

  test('does not wait for ever', async () => {
    const { parts } = house();

    await expect(once(parts, request({}), async () => ANSWER)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('is refused when the key was used with another one', async () => {
    const { parts } = house({ kind: 'mismatch' });

    await expect(once(parts, request({}), async () => ANSWER)).rejects.toMatchObject({ code: 'conflict' });
  });

  test('may be sent again when it was refused, and keeps its ids when it may have happened', async () => {
    const { parts, forgotten } = house(first, first, first);
    const fail = async (error: Error) => {
      const carryOut = async () => {
        throw error;
      };
      await expect(once(parts, request({}), carryOut)).rejects.toBe(error);
    };

    await fail(new ThreadrelayError('store_unavailable', 'away', { certain: false }));
    expect(forgotten()).toBe(0);
    await fail(new Error('a fault of ours'));
    expect(forgotten()).toBe(0);
    await fail(new ApiError('not_found', 'no'));
    expect(forgotten()).toBe(1);
  });

  test('is the same when only the order of its keys, or a slash at the end, differs', async () => {
    const { parts, asked } = house(first, first, first, first, first);
    for (const [body, url] of [
      [{ a: 1, b: { c: 2, d: [1, 2] } }, '/threads'],
      [{ b: { d: [1, 2], c: 2 }, a: 1 }, '/threads/'],
      [{ a: 1, b: { c: 2, d: [2, 1] } }, '/threads'],
      [{ a: 1, b: { c: 2, d: [1, 2] } }, '/threads/x/copy'],
    ] as const) {
      await once(parts, request(body, 'k1', url), async () => ANSWER);
    }

    const [a, b, other, elsewhere] = asked.map(({ fingerprint }) => fingerprint);
    expect(a).toBe(b);
    expect(new Set([a, other, elsewhere]).size).toBe(3);
  });

  test.each(['', ' ', 'ä', 'x'.repeat(256)])('whose key is "%s" is refused', async (key) => {
    const { parts } = house(first);

    await expect(once(parts, request({}, key), async () => ANSWER)).rejects.toMatchObject({
      code: 'invalid_input',
      details: { field: 'Idempotency-Key' },
    });
  });

  test('makes the same ids each time, which are UUIDs and none of another seed', () => {
    const seed = '0199d7a4-6c1e-7c3a-9f0e-2f6f3f1f8a11';
    const take = (from: string) => {
      const next = idsFrom(from);
      return [next(), next(), next()];
    };

    expect(take(seed)).toEqual(take(seed));
    expect(new Set([...take(seed), ...take(seed.replace('8a11', '8a12'))]).size).toBe(6);
    for (const id of take(seed)) {
      expect(id).toMatch(/^0199d7a4-6c1e-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});

test('a request without a key is carried out each time', async () => {
  const { parts, asked } = house();

  await once(parts, request({}, null), async () => ANSWER);

  expect(asked).toEqual([]);
});
