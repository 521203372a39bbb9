/**
 * A fake of vendors of models for tests: a server on loopback that the AI SDK's real providers talk to. It speaks OpenAI's
 * chat completions, responses and embeddings and Anthropic's messages, and fails as it is told.
 */
export type { Answer } from './answer.ts';
export { type ModelVendor, startModelVendor } from './vendor.ts';
