import type { HostedModelConfig, ProviderConfig } from '../../assistant/models/hosted-model-config.ts';
import type { ToolChoice } from '../../assistant/tools/tool-config.ts';
import type { ApprovalNeed } from '../../core/approval/approval.ts';
import type { Binding } from '../../core/listening/binding.ts';
import type { CompiledRoute } from '../../core/routing/decide-route.ts';
import type { CompiledExtractRule } from '../../core/routing/extract.ts';
import type { MultitaskStrategy } from '../../core/runs/run.ts';
import type { AssistantKnowledge } from './to-knowledge.ts';
import type { Pace, RetentionKind } from '../../core/ports.ts';
import type { Budgets } from '../../core/usage/budget.ts';
import type { Prices } from '../../core/usage/usage.ts';

export type ScriptedStep =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tokens'; readonly tokens: number }
  | {
      readonly kind: 'calls';
      readonly calls: readonly { readonly name: string; readonly args: Record<string, unknown> }[];
    }
  | { readonly kind: 'wait'; readonly waitMs: number }
  | { readonly kind: 'error'; readonly message: string; readonly retryable: boolean };

/** A model that says what the configuration says. `delayMs` passes between two pieces of the answer. */
export type ScriptedModelConfig = { readonly provider: 'scripted'; readonly delayMs: number } & (
  | { readonly reply: string; readonly chunk: number | null }
  | { readonly tokens: number }
  | { readonly steps: readonly ScriptedStep[] }
);

/** Answers from the assistant's knowledge, without a network. */
export type OfflineModelConfig = { readonly provider: 'offline' };

/** Told apart by `provider`. */
export type ModelConfig = ScriptedModelConfig | OfflineModelConfig | HostedModelConfig;

export interface AssistantConfig {
  readonly name: string;
  readonly description: string | null;
  readonly instructions: string;
  readonly model: ModelConfig;
  readonly multitask: MultitaskStrategy;
  /** Calls of the model in one run. */
  readonly maxSteps: number;
  readonly knowledge: AssistantKnowledge;
  readonly tools: readonly ToolChoice[];
  /** What people must approve, by the name of the tool in the file. */
  readonly approvals: ReadonlyMap<string, ApprovalNeed>;
  /** Of the thread, that `set_metadata` may set. */
  readonly metadataKeys: readonly string[];
  /** Whether files that people attach are fetched and read. */
  readonly files: boolean;
  /** Whether facts about the people who ask are kept for their later threads. */
  readonly memory: boolean;
}

export interface ProjectConfig {
  readonly name: string;
  readonly description: string | null;
  readonly budgets: Budgets;
  /** Days by what is kept; a kind that is not there is kept for ever. */
  readonly retention: ReadonlyMap<RetentionKind, number>;
}

/** A configuration file after all checks, in the order of the file. Immutable; a reload makes a new one. */
export interface Config {
  readonly projects: ReadonlyMap<string, ProjectConfig>;
  readonly assistants: ReadonlyMap<string, AssistantConfig>;
  /** Of models, by name: those that the file declares, and the ones that are always there. */
  readonly providers: ReadonlyMap<string, ProviderConfig>;
  /** The embedding model of all knowledge. */
  readonly embedding: AssistantKnowledge['embedding'];
  readonly bindings: readonly Binding[];
  readonly extractRules: readonly CompiledExtractRule[];
  readonly routes: readonly CompiledRoute[];
  readonly limits: {
    readonly attempts: number;
    readonly maxMessageCharacters: number;
    /** Of one person's messages those that may set off runs; null: all. */
    readonly pace: Pace | null;
  };
  /** Of models, by name. */
  readonly prices: Prices;
}
