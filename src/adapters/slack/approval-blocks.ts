import type { ButtonPair } from '../../core/approval/approval-text.ts';
import type { ButtonPress } from '../../core/ports.ts';
import { type Json, objectOf, objectsOf, stringOf } from './json.ts';
import { SECTION_LIMIT } from './limits.ts';
import { isTs } from './timestamp.ts';

const ACTION = /^threadrelay_(approve|deny)_(\d{1,4})$/;

type Button = {
  type: 'button';
  text: { type: 'plain_text'; text: string };
  style: 'primary' | 'danger';
  action_id: string;
  value: string;
};
type Actions = { type: 'actions'; elements: Button[] };
type PlainSection = { type: 'section'; text: { type: 'plain_text'; text: string } };
export type BlocksWithButtons = ({ type: 'markdown'; text: string } | PlainSection | Actions)[];

/** A part as a `markdown` block with its buttons below. */
export function blocksWithButtons(
  formatted: string,
  runId: string,
  buttons: readonly ButtonPair[],
): BlocksWithButtons {
  return [{ type: 'markdown', text: formatted }, ...actions(runId, buttons)];
}

/** The same for a workspace that refuses the `markdown` block. */
export function plainBlocksWithButtons(
  formatted: string,
  runId: string,
  buttons: readonly ButtonPair[],
): BlocksWithButtons {
  const sections: BlocksWithButtons = [];
  for (let at = 0; at < formatted.length; at += SECTION_LIMIT) {
    const text = formatted.slice(at, at + SECTION_LIMIT).toWellFormed();
    sections.push({ type: 'section', text: { type: 'plain_text', text } });
  }
  return [...sections, ...actions(runId, buttons)];
}

function actions(runId: string, buttons: readonly ButtonPair[]): Actions[] {
  return buttons.map(({ call, label }) => {
    const button = (word: string, action: string, style: Button['style']): Button => ({
      type: 'button',
      text: { type: 'plain_text', text: label === '' ? word : `${word} ${label}` },
      style,
      action_id: `threadrelay_${action}_${call}`,
      value: runId,
    });
    return {
      type: 'actions',
      elements: [button('Approve', 'approve', 'primary'), button('Deny', 'deny', 'danger')],
    };
  });
}

/** A press of one of our buttons, and of nothing else. Pure. */
export function parsePress(body: Json, tenant: string): ButtonPress | null {
  if (body['type'] !== 'block_actions') return null;
  const [action] = objectsOf(body['actions']);
  const [, wish, call] = ACTION.exec(stringOf(action?.['action_id']) ?? '') ?? [];
  const runId = stringOf(action?.['value']);
  const user = objectOf(body['user']);
  const by = stringOf(user['id']);
  const message = objectOf(body['message']);
  const channel = stringOf(objectOf(body['channel'])['id']);
  const thread = [message['thread_ts'], message['ts']].find(isTs);
  if (call === undefined || runId === undefined || by === undefined) return null;
  if (channel === undefined || thread === undefined) return null;
  const name = stringOf(user['name']) ?? stringOf(user['username']);
  return {
    origin: { platform: 'slack', tenant, channel, thread },
    runId,
    call: Number(call),
    approved: wish === 'approve',
    by: { id: by, ...(name === undefined ? {} : { name }) },
  };
}

/** Whether the app is installed in the team where a button was pressed; events of others reach all of its sockets. */
export function isPressedIn(body: Json, teamId: string): boolean {
  const team = stringOf(objectOf(body['team'])['id']);
  return team === undefined || team === teamId;
}
