import type { ThreadFile } from '../../../../src/core/files/thread-file.ts';
import type { FileContent, FileStore, RunScene } from '../../../../src/core/ports.ts';
import type { Message } from '../../../../src/core/messages/message.ts';

/** A store of files in memory, which says what was saved. */
export function memoryFiles(): FileStore & { kept: Map<string, ThreadFile & { content: FileContent }> } {
  const kept = new Map<string, ThreadFile & { content: FileContent }>();
  const byId = (id: string) => [...kept.values()].find((file) => file.id === id);
  return {
    kept,
    list: async () => [...kept.values()].map(({ content: _content, ...file }) => file),
    async save(file, content) {
      const known = kept.get(file.attachmentId);
      if (known !== undefined && known.tries === 0) return 'known';
      kept.set(file.attachmentId, { ...file, content });
      return 'saved';
    },
    async show(_threadId, attachmentId, messageIds) {
      const known = kept.get(attachmentId);
      known?.messageIds.push(...messageIds.filter((id) => !known.messageIds.includes(id)));
    },
    bytes: async (_threadId, id) => byId(id)?.content.bytes ?? null,
    text: async (_threadId, id) => byId(id)?.content.text ?? null,
    deleteOfMessages: async () => {},
    deleteBefore: async () => 0,
  };
}

export const NEVER = new AbortController().signal;

/** A run of a thread of Slack; each call is another object, as each attempt has. */
export function sceneOf(runId: string): RunScene {
  const origin = { platform: 'slack', tenant: 'T1', channel: 'C1', thread: '1' } as const;
  const now = new Date(0);
  return {
    thread: {
      id: 't1',
      projectId: 'default',
      assistantId: 'a',
      name: null,
      metadata: {},
      origin,
      closed: null,
      lastSeq: 1,
      values: {},
      openRuns: 1,
      lastEnd: 'idle',
      deleteAt: null,
      createdAt: now,
      updatedAt: now,
    },
    run: {
      id: runId,
      threadId: 't1',
      projectId: 'default',
      assistantId: 'a',
      ordinal: 1,
      triggerMessageIds: ['m1'],
      idempotencyKey: runId,
      status: 'running',
      priority: 1,
      attempt: 1,
      fence: 1,
      workerId: 'w',
      heartbeatAt: now,
      availableAt: now,
      cancel: null,
      workflow: null,
      route: null,
      error: null,
      usage: null,
      messageIds: [],
      metadata: {},
      createdAt: now,
      startedAt: now,
      endedAt: null,
    },
    assistant: { id: 'a', name: 'a' },
  };
}

/** A person's message that shows these files. */
export function showing(id: string, ...names: string[]): Message {
  return {
    id,
    threadId: 't1',
    seq: 1,
    role: 'human',
    text: 'look',
    author: { id: 'U1' },
    attachments: names.map((name) => ({
      id: `F-${name}`,
      name,
      mediaType: 'text/plain',
      sizeBytes: 3,
      url: `https://files.slack.com/${name}`,
    })),
    toolCalls: [],
    toolCallId: null,
    sourceId: `source-${id}`,
    runId: null,
    revisions: [],
    redactedAt: null,
    createdAt: new Date(0),
  };
}
