import type { Binding, ChannelBinding } from '../../core/listening/binding.ts';
import type { ExtractRule } from '../../core/routing/extract.ts';
import { PRIORITIES, type Route } from '../../core/routing/route.ts';
import type { AssistantConfig, Config } from './config.ts';
import type { ConfigDocument } from './config-schema.ts';
import type { ChannelDocument, DiscordDocument, SlackDocument } from './listening-schema.ts';
import { toBudgets, toPace, toPrices } from './to-budgets.ts';
import { toApprovals } from './approval-schema.ts';
import { toEmbedding, toolsWith } from './to-knowledge.ts';
import { toModel, toProviders } from './to-model.ts';
import { toToolChoices } from './to-tools.ts';
import { toRetention } from './retention-schema.ts';

/** The parts of a configuration that need no compiling. */
export function toConfig(document: ConfigDocument): Omit<Config, 'extractRules' | 'routes'> {
  const projects = Object.entries(document.projects).map(([name, project]) => ({
    name,
    description: project?.description ?? null,
    retention: toRetention(project?.retention),
    budgets: toBudgets(project?.budgets),
  }));
  const providers = toProviders(document.providers);
  const embedding = toEmbedding(document.knowledge.embedding, providers);
  const assistants = Object.entries(document.assistants).map(
    ([
      name,
      { description, instructions, model, multitask, max_steps: maxSteps, ...more },
    ]): AssistantConfig => ({
      name,
      description: description ?? null,
      instructions,
      model: toModel(model, providers),
      multitask,
      maxSteps,
      knowledge: { names: more.knowledge, embedding },
      tools: toToolChoices(toolsWith(more), document.tools),
      approvals: toApprovals(more.approval),
      metadataKeys: more.metadata_keys,
      files: more.files,
      memory: more.memory,
    }),
  );
  const first = { project: projects[0]?.name ?? '', assistant: assistants[0]?.name ?? '' };
  return {
    projects: byName(projects),
    assistants: byName(assistants),
    providers: byName(providers),
    embedding,
    bindings: [
      ...toBindings('slack', document.slack, document.slack.teams, first),
      ...toBindings('discord', document.discord, document.discord.guilds, first),
    ],
    limits: {
      attempts: document.limits.attempts,
      maxMessageCharacters: document.limits.max_message_characters,
      pace: toPace(document.limits.runs_per_user_per_minute),
    },
    prices: toPrices(document.prices),
  };
}

/** Routes in core's words. */
export function toRoutes(documents: ConfigDocument['routes']): readonly Route[] {
  return documents.map(({ name, when, to }) => ({
    name,
    when,
    to: {
      ...(to.workflow !== undefined && { workflow: to.workflow }),
      ...(to.assistant !== undefined && { assistant: to.assistant }),
      ...(to.priority !== undefined && { priority: PRIORITIES[to.priority] }),
      ...(to.metadata !== undefined && { metadata: to.metadata }),
    },
  }));
}

/** Extract rules in core's words. */
export function toExtractRules(documents: ConfigDocument['extract']): readonly ExtractRule[] {
  return documents.map(({ from, pattern, options, to }) => ({
    from,
    pattern,
    ...(options !== undefined && { options }),
    ...(to !== undefined && { to }),
  }));
}

type Settings = Omit<SlackDocument, 'teams'> & Pick<DiscordDocument, 'forums'>;

function toBindings(
  platform: Binding['platform'],
  everywhere: Settings,
  tenants: readonly (Settings & { readonly id: string })[] | undefined,
  first: { readonly project: string; readonly assistant: string },
): readonly Binding[] {
  const base = toBinding(platform, everywhere, {
    ...first,
    answer: 'mention',
    directMessages: true,
  });
  const own = (tenants ?? []).map((tenant) => ({ ...toBinding(platform, tenant, base), tenant: tenant.id }));
  return [...own, base];
}

function toBinding(
  platform: Binding['platform'],
  settings: Settings,
  inherited: Pick<Binding, 'project' | 'assistant' | 'answer' | 'directMessages'>,
): Binding {
  const assistant = settings.assistant ?? inherited.assistant;
  const toChannel = (kind: ChannelBinding['kind']) => (channel: ChannelDocument) => ({
    kind,
    ...(channel.id !== undefined && { id: channel.id }),
    ...(channel.name !== undefined && { name: channel.name }),
    answer: channel.answer ?? 'every_message',
    assistant: channel.assistant ?? assistant,
  });
  return {
    platform,
    project: settings.project ?? inherited.project,
    assistant,
    answer: settings.answer ?? inherited.answer,
    directMessages: settings.direct_messages ?? inherited.directMessages,
    channels: [
      ...(settings.channels ?? []).map(toChannel('channel')),
      ...(settings.forums ?? []).map(toChannel('forum')),
    ],
  };
}

function byName<T extends { readonly name: string }>(entries: readonly T[]): ReadonlyMap<string, T> {
  return new Map(entries.map((entry) => [entry.name, entry]));
}
