import type { OpenAIProvider } from '@ai-sdk/openai';

/** A model of the AI SDK, whichever provider it is of. Types only: the libraries are loaded when first needed. */
export type LanguageModel = ReturnType<OpenAIProvider['languageModel']>;

export type CallOptions = Parameters<LanguageModel['doStream']>[0];
export type ModelPrompt = CallOptions['prompt'];
export type PromptMessage = ModelPrompt[number];
export type ModelTool = NonNullable<CallOptions['tools']>[number];

type StreamResult = Awaited<ReturnType<LanguageModel['doStream']>>;
export type StreamPart = StreamResult['stream'] extends ReadableStream<infer Part> ? Part : never;
