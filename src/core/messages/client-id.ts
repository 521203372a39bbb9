/** First part of the `sourceId` of messages whose id a program chose. */
export const CLIENT_ID = 'api:';

/** Each way to read what names a message: its `sourceId`, or our own id, which programs name as they name theirs. */
export function readingsOf(reference: string): string[] {
  return reference.startsWith(CLIENT_ID) ? [reference, reference.slice(CLIENT_ID.length)] : [reference];
}
