import type { Clock } from '../clock.ts';
import { ThreadrelayError } from '../errors.ts';
import type { Binding } from '../listening/binding.ts';
import { findBinding } from '../listening/decide-listening.ts';
import type { Logger } from '../logger.ts';
import type { MemoryCommand, MemoryDesk, MemoryStore } from '../ports.ts';
import { factOf, MOST_MEMORIES, type Memory, subjectKey } from './memory.ts';

export type MemoryDeskParts = {
  memories: MemoryStore;
  /** Where the bot listens now: says whose project a tenant is. */
  bindings: () => readonly Binding[];
  clock: Clock;
  logger: Logger;
};

const HOW_TO =
  '`/forget CODE` erases one fact, `/forget all` erases all of them, `/memories correct CODE TEXT` corrects one.';
const NOTHING = 'I remember nothing about you here.';
/** Ends of ids that are random tell 100 facts apart. */
const CODE_LENGTH = 6;
/** A message of a platform holds 2,000 characters at least. */
const SHOWN_CHARACTERS = 1_700;

/** Shows, corrects and erases what is remembered of a person, for that person. */
export function createMemoryDesk({ memories, bindings, clock, logger }: MemoryDeskParts): MemoryDesk {
  async function carryOut({ name, text, platform, tenant, userId }: MemoryCommand): Promise<string> {
    const projectId = findBinding(bindings(), platform, tenant)?.project;
    if (projectId === undefined) return NOTHING;
    const subject = subjectKey({ kind: 'person', person: { platform, tenant, id: userId } });
    const facts = await memories.list(projectId, subject, MOST_MEMORIES);
    const [first = '', second = '', rest = ''] =
      /^(\S*)\s*(\S*)\s*([\s\S]*)$/.exec(text.trim())?.slice(1) ?? [];
    const word = first.toLowerCase();
    if (name === 'forget' && word === 'all') {
      const erased = await memories.eraseSubject(projectId, subject);
      return erased === 0 ? NOTHING : `Forgotten: all ${erased} facts about you.`;
    }
    if (name === 'memories' && word === 'correct') {
      const fact = named(facts, second);
      const corrected = factOf(rest);
      if (fact === null || corrected === '') return `Nothing was changed. ${HOW_TO}`;
      const change = { projectId, subject, id: fact.id, text: corrected, at: clock.now() };
      return (await memories.correct(change)) === null ? NOTHING : `Corrected: ${corrected}`;
    }
    if (name === 'forget' && word !== '') {
      const fact = named(facts, word);
      if (fact === null) return `There is no fact with the code "${first}". ${listOf(facts)}`;
      await memories.forget(projectId, fact.id, subject);
      return `Forgotten: ${fact.text}`;
    }
    return listOf(facts);
  }

  return {
    async take(command) {
      try {
        return await carryOut(command);
      } catch (error) {
        if (error instanceof ThreadrelayError && error.code === 'conflict') return error.message;
        logger.warn({ err: error, command: command.name }, 'a command about memories was not carried out');
        return 'This could not be done right now. Please try again in a moment.';
      }
    },
  };
}

function named(facts: readonly Memory[], code: string): Memory | null {
  const found = facts.filter(({ id }) => codeOf(id) === code.toLowerCase());
  return found.length === 1 ? (found[0] ?? null) : null;
}

function codeOf(id: string): string {
  return id.slice(-CODE_LENGTH).toLowerCase();
}

function listOf(facts: readonly Memory[]): string {
  if (facts.length === 0) return NOTHING;
  let characters = 0;
  const lines = facts
    .map(({ id, text, updatedAt }) => `\`${codeOf(id)}\` ${text} (${updatedAt.toISOString().slice(0, 10)})`)
    .filter((line) => {
      characters += line.length + 1;
      return characters <= SHOWN_CHARACTERS;
    });
  const more = facts.length - lines.length;
  const rest = more === 0 ? '' : `\n… and ${more} more: they are shown when some of these are erased.`;
  return `What I remember about you:\n${lines.join('\n')}${rest}\n${HOW_TO}`;
}
