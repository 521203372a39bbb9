import type { DiscordSide } from './discord-side.ts';
import { COMMANDS, parseCommand } from './parse-command.ts';
import type { BotChange, Room } from './room.ts';
import type { SlackSide } from './slack-side.ts';

/** Columns of a message's newest words in the line that tells of a change. */
const EXCERPT = 72;

/**
 * Both platforms under one prompt. Threads are numbered as they are opened; what the bot does in them is told as it
 * happens.
 */
export function createPrompt(slack: SlackSide, discord: DiscordSide, say: (text: string) => void) {
  const rooms: Room[] = [];
  const numberOf = (thread: string) => rooms.findIndex((room) => room.thread === thread) + 1;

  function tell({ thread, kind, edits, text }: BotChange): void {
    const number = numberOf(thread);
    const what = kind === 'edited' ? `edit ${edits}` : kind;
    say(`[${number === 0 ? thread : number}] bot ${what} (${text.length} characters): ${tail(text)}`);
  }
  slack.onBotChange(tell);
  discord.onBotChange(tell);

  function enter(room: Room): void {
    rooms.push(room);
    say(`[${rooms.length}] ${room.name}: "reply ${rooms.length} …" writes more in this thread.`);
  }

  function show(room: Room): void {
    for (const { isBot, text } of room.read()) say(`${isBot ? 'bot' : 'you'}: ${text}\n`);
  }

  return {
    /** Does what the line asks for. False when it asks to stop. */
    take(line: string): boolean {
      const command = parseCommand(line);
      switch (command?.kind) {
        case undefined:
          return true;
        case 'slack':
          enter(slack.open(command.channel, command.text));
          return true;
        case 'discord': {
          const room = discord.open(command);
          if (typeof room === 'string') say(room);
          else enter(room);
          return true;
        }
        case 'reply':
        case 'show': {
          if (command.thread === null) {
            for (const [index, { name }] of rooms.entries()) say(`[${index + 1}] ${name}`);
            for (const what of [...slack.violations(), ...discord.violations()]) say(`violation: ${what}`);
            if (rooms.length === 0) say('No thread is open yet.');
            return true;
          }
          const room = rooms[command.thread - 1];
          if (room === undefined) say(`There is no thread ${command.thread}.`);
          else if (command.kind === 'reply') room.say(command.text);
          else show(room);
          return true;
        }
        case 'help':
          say(COMMANDS);
          return true;
        case 'unclear':
          say(command.why);
          return true;
        case 'quit':
          return false;
      }
    },
  };
}

function tail(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= EXCERPT ? line : `…${line.slice(1 - EXCERPT).toWellFormed()}`;
}
