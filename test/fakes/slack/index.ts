/**
 * A fake of Slack for tests and the demo: a server on loopback that real @slack clients talk to. It refuses what Slack
 * refuses, keeps Slack's limits, delivers events over Socket Mode or signed HTTP, and records all it sees.
 */
export { type Clock, type ManualClock, manualClock, realClock } from './clock.ts';
export { createSlackFake, defaultScopes } from './create-slack-fake.ts';
export { signRequest } from './events-http.ts';
export type { ApiFault, ApiFaultScript, EventFault, EventFaultScript, Faults } from './faults.ts';
export type { RateLimits } from './rate-limits.ts';
export type { SlackFake, SlackFakeOptions } from './slack-fake.ts';
export { escapeText, unescapeText } from './text.ts';
export type {
  ApiCall,
  CallOutcome,
  DeliveryAttempt,
  DisconnectReason,
  FakeFile,
  JsonObject,
  MessageChange,
  MessageMetadata,
  Revision,
  Saying,
  TeamHandle,
  TeamOptions,
  VisibleMessage,
} from './types.ts';
