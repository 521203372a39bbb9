import type { Platform } from '../origin.ts';

/** A person's command about what is remembered of them. */
export type MemoryCommand = {
  name: 'memories' | 'forget';
  /** What was written behind it. */
  text: string;
  platform: Platform;
  tenant: string;
  /** Who wrote it, as their platform tells; nothing in the text names a person. */
  userId: string;
};

/** The door for commands about memories. Answers in plain text, to be shown to the person alone. Never rejects. */
export interface MemoryDesk {
  take(command: MemoryCommand): Promise<string>;
}
