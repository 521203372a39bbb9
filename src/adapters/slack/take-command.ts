import type { App } from '@slack/bolt';
import type { MemoryDesk } from '../../core/ports.ts';
import { neutraliseMentions } from './neutralise.ts';
import { SLASH_COMMANDS } from './permissions.ts';

/**
 * Takes the slash commands about memories. Their answer goes with the acknowledgement, which Slack waits for three seconds,
 * and is seen by who wrote the command alone.
 */
export function listenToCommands(app: App, desk: MemoryDesk, teamId: string): void {
  for (const name of SLASH_COMMANDS) {
    app.command(`/${name}`, async ({ command, ack }) => {
      const said = await desk.take({
        name,
        text: readable(command.text),
        platform: 'slack',
        // As the author of a message: one token serves one team.
        tenant: teamId,
        userId: command.user_id,
      });
      await ack({ response_type: 'ephemeral', text: escaped(neutraliseMentions(said)) });
    });
  }
}

/** Slack sends a command's text with these three escaped, and wants them so back. */
function readable(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
