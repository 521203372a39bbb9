import { structured } from './arguments.ts';
import { blockText } from './content-rules.ts';
import { liveMentions } from './text.ts';
import type { ApiCall } from './types.ts';

const writes = new Set([
  'chat.postMessage',
  'chat.postEphemeral',
  'chat.update',
  'chat.startStream',
  'chat.appendStream',
  'chat.stopStream',
]);

/** Mentions in what the bot writes that would notify somebody. */
export function mentionViolations(call: ApiCall): string[] {
  if (!writes.has(call.method)) return [];
  const { args } = call;
  const read = (name: string) => {
    try {
      return blockText(structured(args, name, name));
    } catch {
      return '';
    }
  };
  const said = [args['text'], args['markdown_text'], read('blocks'), read('chunks')].map(String).join('\n');
  const mentions = liveMentions(said).map((mention) => `mention-ping: ${call.method} says ${mention}`);
  const parsed = args['parse'] === 'full' || args['link_names'] === 'true' || args['link_names'] === true;
  if (parsed && /@(channel|here|everyone)\b/.test(said))
    mentions.push(`mention-ping: ${call.method} links @ names`);
  return mentions;
}

/** Watches for two edits of one message in flight at a time. */
export class EditWatch {
  readonly #inFlight = new Set<string>();

  /** `undefined` for a call that edits nothing; else whether it is alone, and a function for its end. */
  begin(call: ApiCall): { violation: string | undefined; end: () => void } | undefined {
    if (
      call.method !== 'chat.update' &&
      call.method !== 'chat.appendStream' &&
      call.method !== 'chat.stopStream'
    ) {
      return undefined;
    }
    const key = `${String(call.teamId)}:${String(call.args['channel'])}:${String(call.args['ts'])}`;
    if (this.#inFlight.has(key)) {
      return {
        violation: `concurrent-edit: ${call.method} of ${key} while another is in flight`,
        end: () => {},
      };
    }
    this.#inFlight.add(key);
    return { violation: undefined, end: () => this.#inFlight.delete(key) };
  }
}
