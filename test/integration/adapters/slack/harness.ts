import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../../src/core/clock.ts';
import { noCrash } from '../../../../src/core/crash-points.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import type {
  CursorStore,
  Ingest,
  IncomingClosure,
  IncomingDeletion,
  IncomingEdit,
  IncomingMessage,
  IngestResult,
} from '../../../../src/core/ports.ts';
import type { Origin } from '../../../../src/core/origin.ts';
import type { Thread } from '../../../../src/core/threads/thread.ts';
import {
  createSlackAdapter,
  type SlackAdapter,
  type SlackAdapterSettings,
} from '../../../../src/adapters/slack/slack-adapter.ts';
import { createSlackFake, type SlackFake, type SlackFakeOptions } from '../../../fakes/slack/index.ts';

/** An ingest that remembers what it was told and takes a message once, as the house does. */
export class RecordingIngest implements Ingest {
  readonly messages: IncomingMessage[] = [];
  readonly taken = new Map<string, IncomingMessage>();
  readonly edits: IncomingEdit[] = [];
  readonly deletions: IncomingDeletion[] = [];
  readonly closures: IncomingClosure[] = [];
  readonly stops: Origin[] = [];
  /** Called before anything is taken; a rejection is a store that is away. */
  before: (what: IncomingMessage | IncomingEdit | IncomingDeletion | IncomingClosure) => Promise<void> =
    async () => {};

  async message(message: IncomingMessage): Promise<IngestResult> {
    await this.before(message);
    this.messages.push(message);
    const isNew = !this.taken.has(message.sourceId);
    this.taken.set(message.sourceId, message);
    return { kind: isNew ? 'stored' : 'duplicate', threadId: 'thread', messageId: message.sourceId };
  }

  async edit(edit: IncomingEdit): Promise<IngestResult> {
    await this.before(edit);
    this.edits.push(edit);
    return taken;
  }

  async deletion(deletion: IncomingDeletion): Promise<IngestResult> {
    await this.before(deletion);
    this.deletions.push(deletion);
    return taken;
  }

  async closure(closure: IncomingClosure): Promise<IngestResult> {
    await this.before(closure);
    this.closures.push(closure);
    return taken;
  }

  async threadChange(): Promise<IngestResult> {
    return taken;
  }

  async stop(origin: Origin): Promise<IngestResult> {
    this.stops.push(origin);
    return taken;
  }
}

const taken: IngestResult = { kind: 'ignored', why: 'recorded' };

/** Keeps positions as the store does: the greater one wins. */
export class MemoryCursors implements CursorStore {
  readonly positions = new Map<string, string>();

  async load(keys: string[]): Promise<Map<string, string>> {
    return new Map(
      keys.flatMap((key) => {
        const position = this.positions.get(key);
        return position === undefined ? [] : [[key, position] as const];
      }),
    );
  }

  async save(positions: Map<string, string>): Promise<void> {
    for (const [key, position] of positions) {
      if (position > (this.positions.get(key) ?? '')) this.positions.set(key, position);
    }
  }
}

export type Setup = {
  fake: SlackFake;
  adapter: SlackAdapter;
  ingest: RecordingIngest;
  cursors: MemoryCursors;
  threads: Thread[];
  /** Another adapter on the same fake, ingest and stores. */
  another: (changes?: Partial<SlackAdapterSettings>) => SlackAdapter;
  close: () => Promise<void>;
};

/** A started adapter in Socket Mode on a fake Slack, with an ingest that only remembers. */
export async function setUp(
  options: { fake?: SlackFakeOptions; adapter?: Partial<SlackAdapterSettings>; start?: boolean } = {},
): Promise<Setup> {
  const fake = await createSlackFake(options.fake);
  const ingest = new RecordingIngest();
  const cursors = new MemoryCursors();
  const threads: Thread[] = [];
  const adapters: SlackAdapter[] = [];
  const another = (changes: Partial<SlackAdapterSettings> = {}) => {
    const adapter = createSlackAdapter({
      token: fake.botToken,
      transport: { kind: 'socket', appToken: fake.appToken },
      apiUrl: fake.url,
      ingest,
      cursors,
      threads: { recentByPlatform: async () => threads },
      logger: silentLogger,
      clock: systemClock,
      crash: noCrash,
      ...options.adapter,
      ...changes,
    });
    adapters.push(adapter);
    return adapter;
  };
  const adapter = another();
  if (options.start !== false) {
    await adapter.start();
    await adapter.caughtUp();
  }
  const close = async () => {
    await Promise.all(adapters.map((running) => running.stop()));
    await fake.close();
  };
  return { fake, adapter, ingest, cursors, threads, another, close };
}

/** Serves the adapter's request handler on loopback, as the service does. */
export async function serveEvents(
  adapter: SlackAdapter,
): Promise<{ url: string; close: () => Promise<void> }> {
  const server = createServer((request, response) => void adapter.handleRequest(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/slack/events`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function threadOf(origin: Origin): Thread {
  const at = new Date();
  return {
    id: `thread-${origin.thread}`,
    projectId: 'default',
    assistantId: 'default',
    name: null,
    metadata: {},
    origin,
    closed: null,
    lastSeq: 1,
    values: {},
    openRuns: 0,
    lastEnd: 'idle',
    deleteAt: null,
    createdAt: at,
    updatedAt: at,
  };
}
