import { groupBy } from './group-by.ts';
import { type CheckOptions, keyOf, type Snapshot } from './snapshot.ts';

/**
 * Writes that may still name a message after its deletion: those that were on their way when the word of it came, of
 * promise 26 in test/faults/promises.ts.
 */
const FURTHER_CALLS = 3;

/** Nothing is written to a message that was deleted, but what was on its way. */
export function writesAfterDeletion({ writes, deletions }: Snapshot): string[] {
  const byMessage = groupBy(writes, (write) =>
    write.messageId === null || write.kind !== 'edit' ? null : keyOf(write, write.messageId),
  );
  return deletions.flatMap((deletion) => {
    const edits = byMessage.get(keyOf(deletion, deletion.messageId)) ?? [];
    const later = edits.filter(({ at }) => at > deletion.at);
    const where = `${deletion.platform} message ${deletion.messageId} in ${deletion.place}`;
    if (later.some(({ outcome }) => outcome === 'accepted'))
      return [`${where} was edited after its deletion.`];
    if (later.length <= FURTHER_CALLS) return [];
    return [`${later.length} edits were tried of ${where} after its deletion.`];
  });
}

/** No call during a Retry-After, no two edits of one message at once, no ping: what the fakes themselves tell. */
export function platformViolations(
  { violations }: Snapshot,
  { tolerate = [], wordTravelsMs = -1 }: CheckOptions,
): string[] {
  return violations
    .filter(({ toldForMs }) => toldForMs === null || toldForMs > wordTravelsMs)
    .filter(({ what }) => !tolerate.some((pattern) => pattern.test(what)))
    .map(({ platform, what }) => `${platform} saw what no bot may do: ${what}`);
}
