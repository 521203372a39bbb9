/**
 * Slack's `ts`: seconds and microseconds since 1970 as `1700000000.123456`. Ten digits before the point until the year
 * 2286, so that string order is time order.
 */
export type SlackTs = string;

export function isTs(value: unknown): value is SlackTs {
  return typeof value === 'string' && /^\d{10}\.\d{6}$/.test(value);
}

export function tsToDate(ts: SlackTs): Date {
  const [seconds, micros] = ts.split('.');
  return new Date(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
}

export function dateToTs(date: Date): SlackTs {
  const seconds = Math.floor(date.getTime() / 1000);
  const micros = (date.getTime() - seconds * 1000) * 1000;
  return `${String(seconds).padStart(10, '0')}.${String(micros).padStart(6, '0')}`;
}

/** The latest position before `ts`: what comes after it includes `ts`. */
export function tsBefore(ts: SlackTs): SlackTs {
  const [seconds = '0', micros = '0'] = ts.split('.');
  if (Number(micros) > 0) return `${seconds}.${String(Number(micros) - 1).padStart(6, '0')}`;
  return `${String(Number(seconds) - 1).padStart(10, '0')}.999999`;
}

export function tsMinus(ts: SlackTs, ms: number): SlackTs {
  return dateToTs(new Date(tsToDate(ts).getTime() - ms));
}

/** The earliest of the given positions. */
export function earliest(first: SlackTs, ...others: (SlackTs | null | undefined)[]): SlackTs {
  return others.reduce<SlackTs>(
    (least, ts) => (ts !== null && ts !== undefined && ts < least ? ts : least),
    first,
  );
}
