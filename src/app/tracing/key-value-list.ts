/** What OpenTelemetry's lists look like: `key=value,key=value`, with percent-encoded values. */
export const KEY_VALUE_LIST = /^\s*[^\s=,]+\s*=[^,]*(,\s*[^\s=,]+\s*=[^,]*)*$/;

/** Reads such a list. A value that is wrongly encoded is taken as it is. */
export function readKeyValueList(text: string): Record<string, string> {
  const entries = text.split(',').map((pair) => {
    const cut = pair.indexOf('=');
    return [pair.slice(0, cut).trim(), decoded(pair.slice(cut + 1).trim())] as const;
  });
  return Object.fromEntries(entries.filter(([key]) => key !== ''));
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
