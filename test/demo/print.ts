import { styleText } from 'node:util';
import type { Origin } from '../../src/core/origin.ts';
import { isShownAsStored, lastTokenToFinalMs } from './conversation-report.ts';
import type { Conversation } from './people.ts';
import type { Answer, ReadBack } from './read-back.ts';
import type { SeenRevision } from './watch-answers.ts';

/** Columns of text that a line of the demo spends on a message's newest words. */
const EXCERPT = 64;

const NAMES: Record<Origin['platform'], string> = { slack: 'Slack', discord: 'Discord' };

export function askedLine({ platform, place, person }: Conversation, question: string): string {
  return `\n${head(platform)} ${person} in ${place}: ${question}\n`;
}

export function revisionLine({
  platform,
  edit,
  text,
  sinceQuestionMs,
}: SeenRevision & { sinceQuestionMs: number }) {
  const time = `${(sinceQuestionMs / 1_000).toFixed(2)} s`.padStart(8);
  const what = (edit === 0 ? 'post' : `edit ${edit}`).padEnd(7);
  return `${head(platform)} ${time}  ${what} ${String(text.length).padStart(5)} characters  ${dim(tail(text))}`;
}

/** A conversation as it was read back, in lines. */
export function readBackLines({ place }: Conversation, { thread, messages, answers }: ReadBack): string[] {
  const { platform, tenant, channel, thread: id } = thread.origin;
  return [
    `\n${head(platform)} ${place}`,
    row('thread', `${thread.id}${thread.name === null ? '' : ` "${thread.name}"`}`),
    row('origin', [platform, tenant, channel, id].join(' / ')),
    row('metadata', JSON.stringify(thread.metadata)),
    ...messages.map(({ role, text }, at) =>
      row(
        at === 0 ? 'messages' : '',
        `${role.padEnd(5)} ${String(text.length).padStart(5)} characters  ${dim(excerpt(text))}`,
      ),
    ),
    ...answers.flatMap((answer, at) => answerRows(answer, answers.length > 1 ? ` ${at + 1}` : '')),
  ];
}

function answerRows(answer: Answer, number: string): string[] {
  const { run, delivery } = answer;
  const equal = isShownAsStored(answer)
    ? 'the platform shows exactly the stored message'
    : styleText('red', 'the platform does NOT show the stored message');
  return [
    row(
      `run${number}`,
      `route ${styleText('bold', run.route?.rule ?? '?')}, because ${run.route?.why ?? '?'}`,
    ),
    row('', `workflow ${run.workflow ?? '?'}`),
    row(
      '',
      `${delivery.edits} edits; final text ${lastTokenToFinalMs(answer) ?? '?'} ms after the last token; ${equal}`,
    ),
  ];
}

function head(platform: Origin['platform']): string {
  return styleText(platform === 'slack' ? 'green' : 'magenta', NAMES[platform].padEnd(7));
}

export function row(label: string, text: string): string {
  return `  ${label.padEnd(9)} ${text}`;
}

export function dim(text: string): string {
  return styleText('dim', text);
}

function tail(text: string): string {
  const line = oneLine(text);
  return line.length <= EXCERPT ? line : `…${line.slice(1 - EXCERPT).toWellFormed()}`;
}

/** The first words of a text, on one line. */
export function excerpt(text: string): string {
  const line = oneLine(text);
  return line.length <= EXCERPT ? line : `${line.slice(0, EXCERPT - 1).toWellFormed()}…`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
