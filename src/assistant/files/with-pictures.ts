import type { FileStore, ModelImage, ModelMessage, PromptBuilder } from '../../core/ports.ts';
import type { Run } from '../../core/runs/run.ts';

/** Pictures that one prompt shows, the newest first: models read each as one or two thousand tokens. */
const MOST_PICTURES = 5;
/** And what they take together, in bytes. */
const MOST_PICTURE_BYTES = 8_000_000;

type Pictures = ReadonlyMap<string, ModelImage>;

/** A prompt builder for models that see: the newest pictures of the conversation stand with the messages that brought them. */
export function withPictures(builder: PromptBuilder, files: FileStore): PromptBuilder {
  const perRun = new WeakMap<Run, Promise<Pictures>>();

  async function read(threadId: string, messages: readonly ModelMessage[]): Promise<Pictures> {
    const ids = new Set(
      messages.flatMap(({ attachments = [] }) => attachments.map(({ id }) => id)).toReversed(),
    );
    const pictures = new Map<string, ModelImage>();
    if (ids.size === 0) return pictures;
    const known = new Map((await files.list(threadId)).map((file) => [file.attachmentId, file]));
    let left = MOST_PICTURE_BYTES;
    for (const id of ids) {
      const file = known.get(id);
      if (file?.status !== 'image' || file.mediaType === null || (file.sizeBytes ?? left) > left) continue;
      const data = await files.bytes(threadId, file.id);
      if (data === null) continue;
      left -= data.length;
      pictures.set(id, { mediaType: file.mediaType, data });
      if (pictures.size === MOST_PICTURES) break;
    }
    return pictures;
  }

  return {
    ...builder,
    async build(scene, messages, tools, signal) {
      const prompt = await builder.build(scene, messages, tools, signal);
      const reading = perRun.get(scene.run) ?? read(scene.thread.id, prompt.messages);
      perRun.set(scene.run, reading);
      const pictures = await reading;
      if (pictures.size === 0) return prompt;
      return { ...prompt, messages: prompt.messages.map((message) => withThose(message, pictures)) };
    },
  };
}

function withThose(message: ModelMessage, pictures: Pictures): ModelMessage {
  const images = (message.attachments ?? []).flatMap(({ id }) => pictures.get(id) ?? []);
  return images.length === 0 ? message : { ...message, images };
}
