import type { PositionedRunEvent } from '../../core/runs/run-event.ts';

/** What a delivery has heard of its run's answer. */
export type HeardAnswer = {
  /** The text of the newest attempt, without gaps; what comes after a gap is left to the final text. */
  readonly text: string;
  readonly hasEnded: boolean;
  /** Takes events in; calls `onText` with what to append, and `onRestart` when an attempt makes earlier text void. */
  hear(events: PositionedRunEvent[]): void;
};

export function createHeardAnswer(on: { text(delta: string): void; restart(): void }): HeardAnswer {
  let text = '';
  let hasGap = false;
  let hasEnded = false;
  return {
    get text() {
      return text;
    },
    get hasEnded() {
      return hasEnded;
    },
    hear(events) {
      for (const { event } of events) {
        if (event.type === 'end') hasEnded = true;
        if (event.type === 'attempt') {
          hasGap = false;
          if (text !== '') on.restart();
          text = '';
        }
        if (event.type !== 'text') continue;
        hasGap ||= event.offset !== text.length;
        if (hasGap) continue;
        text += event.delta;
        on.text(event.delta);
      }
    },
  };
}
