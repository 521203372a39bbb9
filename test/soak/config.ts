import type { AnswerKind } from './plan.ts';

/**
 * Three ways to answer, chosen by a question's first word. A long answer fills several messages on either platform; a
 * slow one takes about ten seconds, so that faults and changes of mind strike it in its middle.
 */
export const SOAK_CONFIG = `
projects: { default: {} }
limits: { runs_per_user_per_minute: 0 }
assistants:
  short: { model: { provider: scripted, tokens: 60, delay_ms: 20 } }
  long: { model: { provider: scripted, tokens: 600, delay_ms: 5 } }
  slow: { model: { provider: scripted, tokens: 100, delay_ms: 100 } }
routes:
  - { name: long, when: { message.text: { $regex: '^long' } }, to: { assistant: long } }
  - { name: slow, when: { message.text: { $regex: '^slow' } }, to: { assistant: slow } }
slack: { answer: every_message, assistant: short }
discord: { answer: every_message, assistant: short }
`;

export function questionText(kind: AnswerKind, number: number): string {
  return `${kind} question ${number}`;
}
