import { sanitiseText } from '../rendering/sanitise.ts';
import type { ApprovalDesk, PressAnswer, ThreadStore } from '../ports.ts';
import { type AskedCall, mayDecide } from './approval.ts';
import { decideApproval } from './decide-approval.ts';
import type { DecideParts } from './store-decisions.ts';

/** Longest name of who decided, in UTF-16 units. */
const NAME_LENGTH = 80;

/**
 * Takes presses of buttons. The run is looked for in the thread of the place where the button was pressed, so that no
 * button reaches a run of another place.
 */
export function createApprovalDesk(
  parts: DecideParts & { threads: Pick<ThreadStore, 'findByOrigin'> },
): ApprovalDesk {
  return {
    async press({ origin, runId, call, approved, by }) {
      const thread = await parts.threads.findByOrigin(origin);
      if (thread === null) return refused('This conversation is not known any more.');
      const decided = await decideApproval(
        parts,
        { threadId: thread.id, runId },
        () => call,
        (run, asked) => run.approval !== undefined && mayDecide(asked, run.approval, by),
        { approved, by: by.id, name: sanitiseText(by.name ?? by.id).slice(0, NAME_LENGTH), note: null },
      );
      switch (decided.kind) {
        case 'decided':
          return { kind: 'decided', sentence: approved ? 'Approved.' : 'Denied.' };
        case 'already': {
          const what = decided.decision.approved ? 'approved' : 'denied';
          return refused(`${decided.decision.name} has ${what} this already.`);
        }
        case 'forbidden':
          return refused(whoMay(decided.call));
        case 'over':
          return refused('It is too late: this is not waited for any more.');
        case 'unknown':
          return refused('There is nothing here to decide any more.');
      }
    },
  };
}

function refused(sentence: string): PressAnswer {
  return { kind: 'refused', sentence };
}

function whoMay({ by }: AskedCall): string {
  return by === null
    ? 'Only the person who asked may decide this.'
    : 'You are not among those who may decide this.';
}
