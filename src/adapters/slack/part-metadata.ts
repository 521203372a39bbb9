import { type Json, objectOf } from './json.ts';

const PART_EVENT_TYPE = 'threadrelay_part';

/** Names run and part on a post: Slack has no idempotency key, so a post of unknown fate is looked up by this. */
export function partMetadata(runId: string, part: number) {
  return { event_type: PART_EVENT_TYPE, event_payload: { run_id: runId, part } };
}

/** Whether a message is this part of this run. */
export function isPart(message: Json, runId: string, part: number): boolean {
  const metadata = objectOf(message['metadata']);
  const payload = objectOf(metadata['event_payload']);
  return (
    metadata['event_type'] === PART_EVENT_TYPE && payload['run_id'] === runId && payload['part'] === part
  );
}
