import { describe, expect, it } from 'vitest';
import { Lanes, LanesStopped } from '../../../../src/adapters/discord/lanes.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { ThreadrelayError } from '../../../../src/core/errors.ts';
import { silentLogger } from '../../../../src/core/logger.ts';

const hasty = { ...systemClock, sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(0, signal) };

describe('lanes', () => {
  it('keep the order of one channel and let others pass', async () => {
    const lanes = new Lanes(systemClock, silentLogger);
    const done: string[] = [];
    const gate = Promise.withResolvers<void>();
    const first = lanes.push('a', async () => {
      await gate.promise;
      done.push('a1');
    });
    const second = lanes.push('a', async () => void done.push('a2'));
    await lanes.push('b', async () => void done.push('b1'));
    gate.resolve();
    await Promise.all([first, second]);
    expect(done).toEqual(['b1', 'a1', 'a2']);
    expect(lanes.idle).toBe(true);
  });

  it('try again until it is persisted, but not what is refused for good', async () => {
    const lanes = new Lanes(hasty, silentLogger);
    let tries = 0;
    const attempt = async () => {
      tries += 1;
      if (tries < 4) throw new Error('away');
      return tries;
    };
    expect(await lanes.persist(attempt, lanes.signal)).toBe(4);
    const refused = new ThreadrelayError('invalid_input', 'No.');
    await expect(lanes.persist(() => Promise.reject(refused), lanes.signal)).rejects.toBe(refused);
  });

  it('a task that fails does not stop its lane', async () => {
    const lanes = new Lanes(systemClock, silentLogger);
    void lanes.push('a', () => Promise.reject(new Error('bug')));
    let ran = false;
    await lanes.push('a', async () => {
      ran = true;
    });
    expect(ran).toBe(true);
  });

  it('stop in bounded time when the store stays away', async () => {
    const lanes = new Lanes(systemClock, silentLogger);
    let thrown: unknown;
    void lanes.push('a', async (signal) => {
      try {
        await lanes.persist(() => Promise.reject(new Error('away')), signal);
      } catch (error) {
        thrown = error;
        throw error;
      }
    });
    await lanes.stop(20);
    expect(thrown).toBeInstanceOf(LanesStopped);
    await lanes.push('a', () => Promise.reject(new Error('never runs')));
  });
});
