import type { WebClient } from '@slack/web-api';
import type { Logger } from '../../core/logger.ts';
import type { ApprovalDesk } from '../../core/ports.ts';
import { isPressedIn, parsePress } from './approval-blocks.ts';
import type { Json } from './json.ts';

/**
 * Takes a press of a button, and tells those who may not decide so, to be seen by them alone. Answers whether it was one.
 * Rejects when the decision could not be stored: it is not acknowledged then, and Slack shows that it failed.
 */
export function createPressIntake(parts: { desk: ApprovalDesk; client: WebClient; logger: Logger }) {
  const { desk, client, logger } = parts;
  return async (body: Json, teamId: string): Promise<boolean> => {
    if (body['type'] !== 'block_actions') return false;
    const press = isPressedIn(body, teamId) ? parsePress(body, teamId) : null;
    if (press === null) return true;
    const { kind, sentence } = await desk.press(press);
    const { channel, thread } = press.origin;
    logger.info(
      { runId: press.runId, channel, approved: press.approved, outcome: kind },
      'a button was pressed',
    );
    if (kind === 'refused') {
      // Not waited for: the press is to be acknowledged within three seconds.
      client.chat
        .postEphemeral({ channel, user: press.by.id, thread_ts: thread, text: sentence })
        .catch((error: unknown) => logger.warn({ err: error, channel }, 'a refusal was not told'));
    }
    return true;
  };
}
