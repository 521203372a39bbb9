import type {
  APIButtonComponentWithCustomId,
  APIMessage,
  RESTPatchAPIChannelMessageJSONBody,
} from 'discord.js';
import { ButtonStyle, ComponentType } from 'discord.js';
import type { ButtonPair } from '../../core/approval/approval-text.ts';

/** 61 characters at most; Discord takes 100. */
const PRESSED = /^threadrelay:(approve|deny):([0-9A-Za-z-]{1,64}):(\d{1,4})$/;

type Rows = NonNullable<RESTPatchAPIChannelMessageJSONBody['components']>;

/** One row of two buttons for each call; Discord takes five rows. */
export function rowsOfButtons(runId: string, buttons: readonly ButtonPair[]): Rows {
  return buttons.map(({ call, label }) => {
    const button = (
      word: string,
      action: string,
      style: ButtonStyle.Success | ButtonStyle.Danger,
    ): APIButtonComponentWithCustomId => ({
      type: ComponentType.Button,
      style,
      label: label === '' ? word : `${word} ${label}`,
      custom_id: `threadrelay:${action}:${runId}:${call}`,
    });
    return {
      type: ComponentType.ActionRow,
      components: [
        button('Approve', 'approve', ButtonStyle.Success),
        button('Deny', 'deny', ButtonStyle.Danger),
      ],
    };
  });
}

/** What a button of ours is for; null for others. */
export function readCustomId(customId: string): { runId: string; call: number; approved: boolean } | null {
  const [, wish, runId, call] = PRESSED.exec(customId) ?? [];
  return runId === undefined ? null : { runId, call: Number(call), approved: wish === 'approve' };
}

/** The message's rows without that of the button. */
export function rowsWithout({ components = [] }: Pick<APIMessage, 'components'>, customId: string): Rows {
  return components.filter(
    (row) =>
      row.type !== ComponentType.ActionRow ||
      !row.components.some((each) => 'custom_id' in each && each.custom_id === customId),
  );
}
