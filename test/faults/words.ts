/** Answers every message with words that stream for about a second. */
export const WORDS = `
projects: { default: {} }
limits: { runs_per_user_per_minute: 0 }
assistants:
  words:
    model: { provider: scripted, tokens: 60, delay_ms: 20 }
slack: { answer: every_message }
discord: { answer: every_message }
`;
