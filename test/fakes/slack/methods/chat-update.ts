import { requiredString } from '../arguments.ts';
import { contentLimits, readContent, readMetadata } from '../content-rules.ts';
import { presentMessage } from '../present.ts';
import { Refusal } from '../refusal.ts';
import { normaliseText } from '../text.ts';
import { findChannel, findOwnMessage, type Method, requireWritable } from './method.ts';

const update: Method = {
  scopes: ['chat:write'],
  run(context) {
    const { app, workspace, args, conversation } = context;
    const channel = findChannel(workspace, requiredString(args, 'channel'));
    requireWritable(workspace, channel, { joined: true });
    const message = findOwnMessage(workspace, channel, requiredString(args, 'ts'), 'cant_update_message');
    const content = readContent(args);
    if ((content.text ?? '').length > contentLimits.updatedText) throw new Refusal('msg_too_long');
    if (message.streamStartedAt !== undefined) throw new Refusal('streaming_state_conflict');
    const metadata = readMetadata(args);
    const events = conversation.edit(workspace, channel, message, () => {
      message.text =
        content.markdown ?? normaliseText(content.text ?? (content.blocks === undefined ? '' : message.text));
      message.markdown = content.markdown;
      message.blocks = content.blocks;
      message.attachments = content.attachments;
      if (metadata !== undefined) message.metadata = metadata ?? undefined;
      message.edited = { user: workspace.botUserId, ts: workspace.nextTs() };
    });
    context.emit(events);
    const shown = presentMessage(app, workspace, channel, message, { withMetadata: true });
    return { channel: channel.id, ts: message.ts, text: message.text, message: shown };
  },
};

export const chatUpdateMethods: Readonly<Record<string, Method>> = { 'chat.update': update };
