import type {
  CursorStore,
  IncomingClosure,
  IncomingDeletion,
  IncomingEdit,
  IncomingMessage,
  IncomingThreadChange,
  Ingest,
  IngestResult,
} from '../../../../src/core/ports.ts';

/** An ingest that remembers what it was told, and refuses while `away`. One `sourceId` is kept once, as the store does. */
export function createRecordingIngest() {
  const record = {
    messages: [] as IncomingMessage[],
    edits: [] as IncomingEdit[],
    deletions: [] as IncomingDeletion[],
    closures: [] as IncomingClosure[],
    changes: [] as IncomingThreadChange[],
    /** Calls that were refused while away. */
    refused: 0,
    away: false,
  };
  const seen = new Set<string>();
  const stored = { kind: 'stored', threadId: 't', messageId: 'm' } as const;
  async function keep<T>(list: T[], item: T): Promise<IngestResult> {
    if (record.away) {
      record.refused += 1;
      throw new Error('the store is away');
    }
    list.push(item);
    return stored;
  }
  const ingest: Ingest = {
    async message(message) {
      if (!record.away && seen.has(message.sourceId))
        return { kind: 'duplicate', threadId: 't', messageId: 'm' };
      const result = await keep(record.messages, message);
      seen.add(message.sourceId);
      return result;
    },
    edit: (edit) => keep(record.edits, edit),
    deletion: (deletion) => keep(record.deletions, deletion),
    closure: (closure) => keep(record.closures, closure),
    threadChange: (change) => keep(record.changes, change),
    stop: async () => stored,
  };
  return { ingest, record };
}

/** Keeps the greater position, as the port says. */
export function createMemoryCursors(): CursorStore & { positions: Map<string, string> } {
  const positions = new Map<string, string>();
  return {
    positions,
    load: async (keys) =>
      new Map(keys.flatMap((key) => [[key, positions.get(key)] as const]).filter(isSaved)),
    async save(moved) {
      for (const [key, value] of moved) {
        const known = positions.get(key);
        if (known === undefined || value > known) positions.set(key, value);
      }
    },
  };
}

function isSaved(entry: readonly [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}
