import type { Predicate } from '../../core/routing/predicate.ts';

/** Where a provider's models are reached. */
export type ProviderConfig = {
  readonly name: string;
  /** Null: the provider's own address. */
  readonly baseUrl: string | null;
  /** The environment variable that holds its key; null for one that takes none. */
  readonly apiKeyEnv: string | null;
  readonly headers: Readonly<Record<string, string>>;
};

/** A model as the configuration names it, `openai/gpt-5`; `name` may hold slashes itself. */
export type ModelReference = { readonly provider: ProviderConfig; readonly name: string };

export type ModelRule = {
  readonly name: string;
  /** As the configuration has it. */
  readonly when: unknown;
  readonly holds: Predicate;
  readonly use: ModelReference;
};

/** A model that a provider hosts: which one, what takes its place, and how long it is waited for. */
export type HostedModelConfig = {
  readonly provider: 'hosted';
  /** Taken where no rule holds. */
  readonly use: ModelReference;
  /** Tried in order when the model that was chosen fails before it has said anything. */
  readonly fallbacks: readonly ModelReference[];
  /** The first that holds chooses the model. */
  readonly rules: readonly ModelRule[];
  /** Null: as the provider has it. */
  readonly temperature: number | null;
  readonly maxOutputTokens: number | null;
  /** What the model can read in one call, in tokens; null when nobody said. */
  readonly contextTokens: number | null;
  readonly firstTokenMs: number;
  readonly stallMs: number;
  /** Whether pictures may be sent to it. */
  readonly sees: boolean;
};
