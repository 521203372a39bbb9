import type {
  HostedModelConfig,
  ModelReference,
  ProviderConfig,
} from '../../assistant/models/hosted-model-config.ts';
import { MODEL_RULE_FIELDS } from '../../core/routing/field-path.ts';
import { compilePredicate } from '../../core/routing/predicate.ts';
import type { ModelConfig, ScriptedModelConfig, ScriptedStep } from './config.ts';
import type { HostedModelDocument } from './hosted-model-schema.ts';
import type { ModelDocument, ScriptedModelDocument } from './model-schema.ts';
import type { ProviderDocument } from './providers-schema.ts';

/** A model in the configuration's words. */
export function toModel(model: ModelDocument, providers: readonly ProviderConfig[]): ModelConfig {
  switch (model.provider) {
    case 'scripted':
      return toScripted(model);
    case 'offline':
      return model;
    case 'hosted':
      return toHosted(model, providers);
  }
}

/** Those that need not be declared. */
const BUILT_IN: readonly ProviderConfig[] = [
  { name: 'openai', baseUrl: null, apiKeyEnv: 'OPENAI_API_KEY', headers: {} },
  { name: 'anthropic', baseUrl: null, apiKeyEnv: 'ANTHROPIC_API_KEY', headers: {} },
];

/** Providers of models by name, with those that are always there. */
export function toProviders(
  declared: Readonly<Record<string, ProviderDocument | null>>,
): readonly ProviderConfig[] {
  const own = Object.entries(declared).map(([name, document]): ProviderConfig => {
    const builtIn = BUILT_IN.find((provider) => provider.name === name);
    return {
      name,
      baseUrl: document?.base_url ?? builtIn?.baseUrl ?? null,
      apiKeyEnv: document?.api_key_env ?? builtIn?.apiKeyEnv ?? null,
      headers: document?.headers ?? {},
    };
  });
  return [...BUILT_IN.filter(({ name }) => !own.some((provider) => provider.name === name)), ...own];
}

function toHosted(model: HostedModelDocument, providers: readonly ProviderConfig[]): HostedModelConfig {
  const toReference = (text: string): ModelReference => {
    const { provider, name } = splitReference(text);
    const found = providers.find((each) => each.name === provider);
    if (found === undefined) throw new TypeError(`The provider "${provider}" must have been checked.`);
    return { provider: found, name };
  };
  return {
    provider: 'hosted',
    use: toReference(model.use),
    fallbacks: model.fallbacks.map(toReference),
    rules: model.rules.map(({ name, when, use }, index) => ({
      name: name ?? `rule ${index + 1}`,
      when,
      holds: compilePredicate(when, MODEL_RULE_FIELDS).predicate,
      use: toReference(use),
    })),
    temperature: model.temperature ?? null,
    maxOutputTokens: model.max_output_tokens ?? null,
    contextTokens: model.context_tokens ?? null,
    firstTokenMs: model.first_token_ms,
    stallMs: model.stall_ms,
    sees: model.sees,
  };
}

/** `openai/gpt-5` in its parts; a model's name may hold slashes. */
export function splitReference(text: string): { provider: string; name: string } {
  const slash = text.indexOf('/');
  return { provider: text.slice(0, slash), name: text.slice(slash + 1) };
}

function toScripted(model: ScriptedModelDocument): ScriptedModelConfig {
  const { provider, delay_ms: delayMs } = model;
  if (model.steps !== undefined) return { provider, delayMs, steps: model.steps.map(toStep) };
  if (model.tokens !== undefined) return { provider, delayMs, tokens: model.tokens };
  return { provider, delayMs, reply: model.reply ?? '', chunk: model.chunk ?? null };
}

function toStep(step: NonNullable<ScriptedModelDocument['steps']>[number]): ScriptedStep {
  if (step.error !== undefined)
    return { kind: 'error', message: step.error, retryable: step.retryable ?? true };
  if (step.tokens !== undefined) return { kind: 'tokens', tokens: step.tokens };
  if (step.calls !== undefined)
    return { kind: 'calls', calls: step.calls.map(({ name, args }) => ({ name, args: args ?? {} })) };
  if (step.wait_ms !== undefined) return { kind: 'wait', waitMs: step.wait_ms };
  return { kind: 'text', text: step.text ?? '' };
}
