import { outcomeText, UNSHOWABLE } from '../../../src/core/deliveries/outcome-text.ts';
import type { Delivery } from '../../../src/core/deliveries/delivery.ts';
import { renderedText } from '../../integration/delivery/conversations.ts';
import { hasEnded, keyOf, placeOf, type Snapshot, tell } from './snapshot.ts';

/** Refusals after which no write to a place is ever taken: what stands there then cannot be mended. */
const UNMENDABLE = new Set([
  'message_gone',
  'thread_gone',
  'locked',
  'archived',
  'no_access',
  'bad_credentials',
]);

/** People see the rendering of what is stored: no torn preview, no placeholder, no text of an attempt that failed. */
export function tornTexts({ runs, messages, deliveries, said, writes, deletions }: Snapshot): string[] {
  const runsById = new Map(runs.map((run) => [run.id, run]));
  const messagesById = new Map(messages.map((message) => [message.id, message]));
  const visible = new Map(said.map((message) => [keyOf(message, message.messageId), message]));
  const takenAway = new Set(
    deletions.filter(({ by }) => by === 'person').map((gone) => keyOf(gone, gone.messageId)),
  );
  const refusing = new Set(
    writes
      .filter(({ outcome }) => outcome === 'refused')
      .map(({ platform, place }) => `${platform}:${place}`),
  );

  function judge(delivery: Delivery): string[] {
    const run = runsById.get(delivery.runId);
    const place = placeOf(delivery);
    if (run === undefined || place === null) return [];
    const parts = delivery.parts.toSorted((one, other) => one.index - other.index);
    const keys = parts.map(({ messageId }) => keyOf(place, messageId));
    // Somebody deleted a part: what is left of the answer is theirs to judge.
    if (keys.some((key) => takenAway.has(key))) return [];
    const shown = keys.flatMap((key) => visible.get(key) ?? []);
    const streaming = shown.filter((message) => message.streaming);
    if (streaming.length > 0)
      return streaming.map((message) => `${tell(message)} is still shown as streaming.`);
    if (delivery.status === 'failed') {
      if (UNMENDABLE.has(delivery.reason ?? '')) return [];
      return [`The delivery of run ${run.id} failed (${delivery.reason}) where writes are taken.`];
    }
    if (delivery.status !== 'done' || !hasEnded(run)) {
      return shown.map((message) => `${tell(message)} is a torn preview: run ${run.id} is ${run.status}.`);
    }
    const last = run.messageIds.at(-1);
    const answer = last === undefined ? null : (messagesById.get(last) ?? null);
    const wanted = renderedText(place.platform, outcomeText(run, answer));
    const got = shown.map(({ text }) => text);
    if (same(got, wanted)) return [];
    const mayHaveBeenRefused = refusing.has(`${place.platform}:${place.place}`);
    if (mayHaveBeenRefused && same(got, renderedText(place.platform, UNSHOWABLE))) return [];
    return [
      `Run ${run.id} (${run.status}) is shown as ${brief(got)} in ${place.platform} ${place.place}, ` +
        `but what is stored renders as ${brief(wanted)}.`,
    ];
  }

  return deliveries.flatMap(judge);
}

function same(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, index) => text === other[index]);
}

function brief(texts: readonly string[]): string {
  const shorten = (text: string) => (text.length <= 60 ? text : `${text.slice(0, 30)}…${text.slice(-30)}`);
  return `${texts.length} messages ${JSON.stringify(texts.map(shorten))}`;
}
