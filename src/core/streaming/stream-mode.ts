/** What a reader of a run wants to see, in the words of the SDK. */
export const STREAM_MODES = ['values', 'messages-tuple', 'messages', 'updates', 'tools', 'custom'] as const;
export type StreamMode = (typeof STREAM_MODES)[number];

/** For readers of runs that were started without a word about it. */
export const DEFAULT_STREAM_MODES: readonly StreamMode[] = ['values', 'messages-tuple', 'tools'];
