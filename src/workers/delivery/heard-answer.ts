import { toolStatus } from '../../core/deliveries/tool-status.ts';
import type { PositionedRunEvent, RunEvent } from '../../core/runs/run-event.ts';

/** What a delivery has heard of its run's answer. */
export type HeardAnswer = {
  /**
   * What people may read: the text of the newest message of the newest attempt, without gaps (what comes after a gap is
   * left to the final text), and while a tool works a line that says so.
   */
  readonly text: string;
  readonly hasEnded: boolean;
  /** The newest attempt has ended by asking people. */
  readonly asks: boolean;
  /** Takes events in; calls `onText` with what to append, and `onRestart` when what was shown is void. */
  hear(events: PositionedRunEvent[]): void;
};

export function createHeardAnswer(on: { text(delta: string): void; restart(): void }): HeardAnswer {
  let text = '';
  let status = '';
  /** Names of the tools that the newest message has asked for. */
  let tools: string[] = [];
  let messageId: string | undefined;
  let hasGap = false;
  let hasEnded = false;
  let asks = false;
  const show = (said: string, line: string) => {
    if (text + status !== '') on.restart();
    text = said;
    status = line;
    if (said + line !== '') on.text(said + line);
  };
  /** What people see of the message before is replaced. */
  const turnTo = (id: string | undefined) => {
    if (id === messageId) return;
    messageId = id;
    hasGap = false;
    tools = [];
    show('', '');
  };
  const hear = (event: RunEvent) => {
    switch (event.type) {
      case 'attempt':
        asks = false;
        hasGap = false;
        messageId = undefined;
        tools = [];
        return show('', '');
      case 'text':
        turnTo(event.messageId);
        hasGap ||= event.offset !== text.length;
        if (hasGap) return;
        if (status !== '') show(text, '');
        text += event.delta;
        return on.text(event.delta);
      case 'tool_call': {
        turnTo(event.messageId);
        tools.push(event.name);
        const line = toolStatus(tools);
        return show(text, text === '' ? line : `\n\n${line}`);
      }
      case 'approval':
        asks = true;
        return;
      case 'end':
        hasEnded = true;
        return;
      case 'said':
      case 'tool_result':
      case 'custom':
    }
  };
  return {
    get text() {
      return text + status;
    },
    get asks() {
      return asks;
    },
    get hasEnded() {
      return hasEnded;
    },
    hear(events) {
      for (const { event } of events) hear(event);
    },
  };
}
