import { sanitiseText } from '../rendering/sanitise.ts';
import { type Approval, type AskedCall, stateOfCall } from './approval.ts';

/** Of the arguments people see so much, in UTF-16 units: about four lines. */
const SHOWN_ARGUMENTS = 300;
/** Discord shows five rows of buttons; the next calls follow when these are decided. */
const SHOWN_AT_ONCE = 5;

/** Two buttons, to approve or deny a call. */
export type ButtonPair = {
  /** Place of the call among those that its run asks for. */
  call: number;
  /** Tells it from others; empty where there is one alone. */
  label: string;
};

/** What people read while a run waits for them, as Markdown: what was said, and what is to be decided. Pure. */
export function approvalText(approval: Approval, now: Date): string {
  const spoken = approval.said.findLast((each) => each.role === 'ai')?.text.trimEnd() ?? '';
  const since = firstOfThisTime(approval);
  const asked = approval.calls.slice(since);
  const lines = asked.map((call, index) => {
    const number = asked.length > 1 ? `${index + 1}. ` : '';
    return `${number}${mark(call, approval, now)} ${shownCall(call)}`;
  });
  const who = asked.some(({ by }) => by === null)
    ? 'Only the person who asked can decide.'
    : 'Only the people who are named for it can decide.';
  const until = `${approval.expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return [
    ...(spoken === '' ? [] : [spoken]),
    `**Approval needed**\n${lines.join('\n')}`,
    `_${who} Open until ${until}._`,
  ].join('\n\n');
}

/** The buttons below that text. */
export function approvalButtons(approval: Approval, now: Date): ButtonPair[] {
  const since = firstOfThisTime(approval);
  const isAlone = approval.calls.length - since === 1;
  return approval.calls
    .flatMap((asked, call) =>
      stateOfCall(asked, approval, now) === 'waiting'
        ? [{ call, label: isAlone ? '' : String(call - since + 1) }]
        : [],
    )
    .slice(0, SHOWN_AT_ONCE);
}

/** Of what a run asked for before, the last message shows nothing any more. */
function firstOfThisTime({ calls, said }: Approval): number {
  const spoken = said.findLast((each) => each.role === 'ai');
  const ids = new Set(spoken?.role === 'ai' ? spoken.toolCalls.map(({ id }) => id) : []);
  const first = calls.findLastIndex(({ id }) => !ids.has(id)) + 1;
  return first < calls.length ? first : 0;
}

function mark({ decision }: AskedCall, approval: Approval, now: Date): string {
  switch (stateOfCall({ decision }, approval, now)) {
    case 'waiting':
      return '⏳';
    case 'approved':
      return '✅';
    case 'denied':
    case 'expired':
      return '⛔';
  }
}

/** The call in code, where nothing of it is read as Markdown. */
function shownCall({ name, args }: Pick<AskedCall, 'name' | 'args'>): string {
  const given = JSON.stringify(args);
  const shown = given.length > SHOWN_ARGUMENTS ? `${given.slice(0, SHOWN_ARGUMENTS)}…` : given;
  return `\`${asCode(name)}\` with \`${asCode(shown)}\``;
}

function asCode(text: string): string {
  return sanitiseText(text.toWellFormed()).replaceAll('`', "'").replaceAll(/\s+/g, ' ').trim();
}
