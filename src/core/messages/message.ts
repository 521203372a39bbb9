export type MessageRole = 'human' | 'ai' | 'tool' | 'system';

export type Author = {
  id: string;
  name?: string;
  isBot?: boolean;
  roles?: readonly string[];
};

export type Attachment = {
  id: string;
  name: string;
  mediaType: string | null;
  sizeBytes: number | null;
  url: string | null;
};

export type ToolCall = { id: string; name: string; args: Record<string, unknown> };

/** What the message said before an edit. `untilSeq` is the step of the thread that replaced it. */
export type Revision = { text: string; revisedAt: Date; untilSeq: number };

/** One entry of a thread; `seq` orders it. */
export type Message = {
  id: string;
  threadId: string;
  seq: number;
  role: MessageRole;
  text: string;
  author: Author | null;
  /** Of the result of a call that people denied: who did. Its text names them. */
  deniedBy?: Author;
  attachments: Attachment[];
  toolCalls: ToolCall[];
  toolCallId: string | null;
  /** Id of the message on its platform; unique within the thread. Null for messages born here. */
  sourceId: string | null;
  /** The run that said it; null for what people said. */
  runId: string | null;
  revisions: Revision[];
  /** Set when the text was erased because it was deleted on its platform, or rolled back with its run. */
  redactedAt: Date | null;
  /** Redacted together with the run that it set off: no state and no history shows it. */
  rolledBack?: true;
  createdAt: Date;
};

export type NewMessage = Pick<Message, 'id' | 'role' | 'text' | 'createdAt'> &
  Partial<Pick<Message, 'author' | 'deniedBy' | 'attachments' | 'toolCalls' | 'toolCallId' | 'sourceId'>>;
