/** What a person at the prompt wants done. */
export type Command =
  | { kind: 'slack'; channel: string; text: string }
  | { kind: 'discord'; forum: string; tags: string[]; title: string; text: string }
  | { kind: 'reply'; thread: number; text: string }
  /** Null: all threads in short. */
  | { kind: 'show'; thread: number | null }
  | { kind: 'help' }
  | { kind: 'quit' }
  | { kind: 'unclear'; why: string };

export const COMMANDS = `Commands:
  slack #support @bot hello                  post in a Slack channel; @bot mentions the bot
  discord help[billing] "A title" the text   open a post in a Discord forum, with tags or without
  reply 1 more                               write in thread 1
  show                                       list the threads
  show 1                                     everything that stands in thread 1
  help                                       this text
  quit                                       stop both
`;

const SLACK = /^#?(?<channel>\S+)\s+(?<text>.+)$/s;
const DISCORD = /^#?(?<forum>[^\s[]+)(?:\[(?<tags>[^\]]*)\])?\s+"(?<title>[^"]+)"\s+(?<text>.+)$/s;
const REPLY = /^(?<thread>\d+)\s+(?<text>.+)$/s;
const SHOW = /^(?<thread>\d*)$/;

type Groups = Record<string, string | undefined>;

/** Each command: an example, the pattern of what follows its word, and what that means. */
const FORMS: Record<string, { example: string; pattern: RegExp; read: (groups: Groups) => Command }> = {
  slack: {
    example: 'slack #support @bot hello',
    pattern: SLACK,
    read: ({ channel = '', text = '' }) => ({ kind: 'slack', channel, text }),
  },
  discord: {
    example: 'discord help[billing] "A title" the text',
    pattern: DISCORD,
    read: ({ forum = '', tags = '', title = '', text = '' }) => ({
      kind: 'discord',
      forum,
      tags: tags.split(/[\s,]+/).filter(Boolean),
      title,
      text,
    }),
  },
  reply: {
    example: 'reply 1 more',
    pattern: REPLY,
    read: ({ thread, text = '' }) => ({ kind: 'reply', thread: Number(thread), text }),
  },
  show: {
    example: 'show 1',
    pattern: SHOW,
    read: ({ thread = '' }) => ({ kind: 'show', thread: thread === '' ? null : Number(thread) }),
  },
  help: { example: 'help', pattern: /^/, read: () => ({ kind: 'help' }) },
  quit: { example: 'quit', pattern: /^/, read: () => ({ kind: 'quit' }) },
};

/** One line of the prompt → what it asks for; null for an empty one. */
export function parseCommand(line: string): Command | null {
  const { word = '', rest = '' } = /^(?<word>\S+)\s*(?<rest>.*)$/s.exec(line.trim())?.groups ?? {};
  if (word === '') return null;
  const form = Object.hasOwn(FORMS, word) ? FORMS[word] : undefined;
  if (form === undefined)
    return { kind: 'unclear', why: `There is no command "${word}"; "help" lists them.` };
  const match = form.pattern.exec(rest);
  return match === null
    ? { kind: 'unclear', why: `Write it like this: ${form.example}` }
    : form.read(match.groups ?? {});
}
