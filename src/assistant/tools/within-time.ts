/**
 * Runs something that may take long. Its signal fires when the time is over or the outer one fires, and it is not waited
 * for then: one that does not listen goes on unheard. @throws what it throws, and the reason of the outer signal
 */
export async function withinTime<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  outer: AbortSignal,
): Promise<{ value: T } | 'timed_out'> {
  outer.throwIfAborted();
  const inner = new AbortController();
  const { promise: stopped, resolve, reject } = Promise.withResolvers<'timed_out'>();
  const stop = () => {
    inner.abort(outer.reason);
    reject(outer.reason);
  };
  outer.addEventListener('abort', stop, { once: true });
  const timer = setTimeout(() => {
    resolve('timed_out');
    inner.abort(new Error('The time is over.'));
  }, timeoutMs);
  try {
    return await Promise.race([work(inner.signal).then((value) => ({ value })), stopped]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', stop);
  }
}
