/** A place where one person and the bot write; the prompt's one view of both platforms. */
export type Room = {
  /** For a person: `slack #support`. */
  name: string;
  /** The platform's id of the thread. */
  thread: string;
  say(text: string): void;
  /** What stands there now, oldest first. */
  read(): { isBot: boolean; text: string }[];
};

/** What the bot did to one of its messages. */
export type BotChange = {
  thread: string;
  kind: 'posted' | 'edited' | 'deleted';
  /** Edits of the message so far. */
  edits: number;
  text: string;
};

/** One platform with the places that threadrelay.yaml names. */
export type Side = {
  /** Environment variables that point the service here. */
  environment: Readonly<Record<string, string>>;
  onBotChange(listener: (change: BotChange) => void): void;
  /** What the bot did that the platform would not put up with. */
  violations(): readonly string[];
  close(): Promise<void>;
};
