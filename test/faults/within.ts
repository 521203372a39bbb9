import { eventually } from '../fixtures/eventually.ts';

/** The value of the promise; rejects when it takes longer than `ms`. */
export async function within<T>(awaited: Promise<T>, ms: number, what: string): Promise<T> {
  let settled = false;
  const settle = () => {
    settled = true;
  };
  awaited.then(settle, settle);
  await eventually(() => (settled ? true : null), what, ms);
  return awaited;
}
