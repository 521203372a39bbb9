import { describe, expect, it } from 'vitest';
import { nonceOf } from '../../../../src/adapters/discord/nonce.ts';
import { createPostedParts } from '../../../../src/adapters/discord/posted-parts.ts';
import { before, justBefore, padSnowflake, timeOf } from '../../../../src/adapters/discord/snowflake.ts';
import { createTurnstile } from '../../../../src/adapters/discord/turnstile.ts';
import { threadNameFor } from '../../../../src/adapters/discord/thread-name.ts';

describe('snowflakes', () => {
  it('sort as strings when padded', () => {
    expect(padSnowflake('99') < padSnowflake('100')).toBe(true);
  });

  it('tell their time and can be moved back', () => {
    const id = '175928847299117063';
    expect(timeOf(id).toISOString()).toBe('2016-04-30T11:18:25.796Z');
    expect(timeOf(before(id, 5_000)).getTime()).toBe(timeOf(id).getTime() - 5_000);
    expect(before('5', 5_000)).toBe('0');
    expect(justBefore(id)).toBe('175928847299117062');
  });
});

describe('nonces', () => {
  it('are the same for one part in every process, differ between parts, and fit', () => {
    const first = nonceOf({ runId: 'r', index: 0 });
    expect(first).toBe(nonceOf({ runId: 'r', index: 0 }));
    expect(first).not.toBe(nonceOf({ runId: 'r', index: 1 }));
    expect(first.length).toBeLessThanOrEqual(25);
  });

  it('are forgotten oldest first', () => {
    const posted = createPostedParts();
    for (let n = 0; n < 2_001; n += 1) posted.remember(`n${n}`, String(n));
    expect(posted.find('n0')).toBeUndefined();
    expect(posted.find('n2000')).toBe('2000');
  });
});

describe('the name of a thread that a mention opens', () => {
  it('is the first line with text, at most 100 characters', () => {
    expect(threadNameFor('\n  How   do I\nlog in')).toBe('How do I');
    expect(threadNameFor('')).toBe('Conversation');
    const long = threadNameFor('word '.repeat(40));
    expect(long.length).toBeLessThanOrEqual(100);
    expect(long.endsWith('word…')).toBe(true);
    expect(threadNameFor('😀'.repeat(80)).isWellFormed()).toBe(true);
  });
});

describe('a turnstile', () => {
  it('lets a few through at a time, in order, and goes on after a failure', async () => {
    const turn = createTurnstile(2);
    const order: number[] = [];
    let inside = 0;
    let most = 0;
    const results = await Promise.allSettled(
      Array.from({ length: 6 }, (_, n) =>
        turn(async () => {
          inside += 1;
          most = Math.max(most, inside);
          order.push(n);
          await Promise.resolve();
          inside -= 1;
          if (n === 1) throw new Error('bad');
        }),
      ),
    );
    expect(most).toBe(2);
    expect(order).toEqual([0, 1, 2, 3, 4, 5]);
    expect(results.filter((result) => result.status === 'rejected')).toHaveLength(1);
  });
});
