import { isRecord } from './arguments.ts';
import { type App, presentMessage } from './present.ts';
import type { Random } from './random.ts';
import type { Channel, Workspace } from './state.ts';
import type { JsonObject } from './types.ts';

export interface ButtonWish {
  channel: string;
  /** Of the message with the button. */
  ts: string;
  user: string;
  /** The words on the button. */
  label: string;
}

/** The `block_actions` payload of a person who presses a button. A button that is not there is a mistake of the test. */
export function blockActions(
  { app, random }: { app: App; random: Random },
  { workspace, channel }: { workspace: Workspace; channel: Channel },
  wish: ButtonWish,
): JsonObject {
  const message = channel.messages.get(wish.ts);
  const user = workspace.users.get(wish.user);
  if (message === undefined || user === undefined) throw new Error('No such message, or no such person');
  const found = buttonsOf(message.blocks ?? []).find(({ text }) => labelOf(text) === wish.label);
  if (found === undefined) throw new Error(`No button "${wish.label}"`);
  const { type, action_id, block_id, text, value, style } = found;
  return {
    type: 'block_actions',
    user: { id: user.id, username: user.name, name: user.name, team_id: workspace.id },
    api_app_id: app.id,
    token: 'deprecated-verification-token',
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: false,
      ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    },
    trigger_id: random.id('', 24),
    team: { id: workspace.id, domain: workspace.name },
    enterprise: null,
    is_enterprise_install: false,
    channel: { id: channel.id, name: channel.name },
    message: presentMessage(app, workspace, channel, message),
    state: { values: {} },
    response_url: `${app.origin}/actions/${workspace.id}/${random.id('', 12)}`,
    actions: [{ type, action_id, block_id, text, value, style, action_ts: workspace.nextTs() }],
  };
}

/** The words on a message's buttons, in their order. */
export function buttonLabels(blocks: readonly JsonObject[]): string[] {
  return buttonsOf(blocks).map(({ text }) => labelOf(text));
}

function buttonsOf(blocks: readonly JsonObject[]): JsonObject[] {
  return blocks.flatMap(({ type, elements, block_id }) =>
    type === 'actions' && Array.isArray(elements)
      ? elements.filter(isRecord).map((element) => ({ ...element, block_id }))
      : [],
  );
}

function labelOf(text: unknown): string {
  return isRecord(text) && typeof text['text'] === 'string' ? text['text'] : '';
}
