import type { Extractor } from '../assistant/extraction/extractor.ts';
import { createFileSource } from '../assistant/files/file-sections.ts';
import { createThreadFiles } from '../assistant/files/thread-files.ts';
import { withPictures } from '../assistant/files/with-pictures.ts';
import type { Loss } from '../assistant/process-pool/process-pool.ts';
import type { Tool } from '../assistant/tools/tool.ts';
import type { Clock, NewId } from '../core/clock.ts';
import type { Logger } from '../core/logger.ts';
import type { Platform } from '../core/origin.ts';
import type {
  AttachmentFetcher,
  PromptBuilder,
  PromptSource,
  RawFile,
  RunFiles,
  RunScene,
} from '../core/ports.ts';
import { noFiles } from '../core/ports.ts';
import type { Stores } from '../store/index.ts';
import type { AssistantConfig } from './config/config.ts';

export type AssistantFileParts = {
  stores: Pick<Stores, 'files'>;
  /** Of the platforms that this process can fetch from. */
  attachments?: ReadonlyMap<Platform, AttachmentFetcher>;
  clock: Clock;
  newId: NewId;
  logger: Logger;
};

/** Reading one file takes no longer, in milliseconds: a person waits. */
const LONGEST_READ_MS = 20_000;

type Choice = Pick<AssistantConfig, 'files' | 'model'>;

/** What assistants do with the files of their threads. Those with `files: false` do nothing. */
export type AssistantFiles = {
  ofRuns(assistant: Choice): RunFiles;
  sources(assistant: Choice): PromptSource[];
  /** The prompt builder, with pictures where the models see. */
  showing(assistant: Choice, builder: PromptBuilder): PromptBuilder;
  /** None for a thread without files that have text. */
  tools(assistant: Choice, scene: RunScene): Promise<Tool[]>;
  /** Ends what is being read. */
  stop(): Promise<void>;
};

export function createAssistantFiles({ stores, attachments, ...parts }: AssistantFileParts): AssistantFiles {
  const { files: store } = stores;
  const onLost = (how: Loss, { bytes }: RawFile) =>
    parts.logger.warn({ how, sizeBytes: bytes.length }, 'the process that read a document was ended');
  let extractor: Promise<Extractor> | null = null;
  const files = createThreadFiles({
    ...parts,
    files: store,
    fetchers: attachments ?? new Map(),
    async extract(file, signal) {
      extractor ??= import('../assistant/extraction/extractor.ts').then(({ createExtractor }) =>
        createExtractor({ timeLimitMs: LONGEST_READ_MS, onLost }),
      );
      return (await extractor).extract(file, signal);
    },
  });
  let search: Promise<Tool> | null = null;
  return {
    ofRuns: (assistant) => (assistant.files ? files.of({ sees: sees(assistant) }) : noFiles),
    sources: (assistant) => (assistant.files ? [createFileSource({ files, sees: sees(assistant) })] : []),
    showing: (assistant, builder) =>
      assistant.files && sees(assistant) ? withPictures(builder, store) : builder,
    async tools(assistant, scene) {
      if (!assistant.files) return [];
      // Without the store there are none to search.
      const known = await files.known(scene).catch(() => []);
      if (!known.some(({ status }) => status === 'text')) return [];
      search ??= import('../assistant/tools/search-files.ts').then(({ createSearchFiles }) =>
        createSearchFiles({ files: store }),
      );
      return [await search];
    },
    async stop() {
      await (await extractor)?.stop();
    },
  };
}

function sees({ model }: Choice): boolean {
  return model.provider === 'hosted' && model.sees;
}
