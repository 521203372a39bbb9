/** The client's own to set. */
const NOT_TO_BE_SET: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
  'accept-encoding',
]);

/** Whether a request may bring a header of this name. */
export function maySetHeader(name: string): boolean {
  return !NOT_TO_BE_SET.has(name.toLowerCase());
}

/** A request's headers in lower case, without those that are the client's own to set. Pure. */
export function ownHeaders(headers: Record<string, string>): Record<string, string> {
  const lower = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const);
  return Object.fromEntries(lower.filter(([name]) => maySetHeader(name)));
}
