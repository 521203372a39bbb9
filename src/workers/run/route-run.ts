import { ThreadrelayError } from '../../core/errors.ts';
import type { Message } from '../../core/messages/message.ts';
import type { Model, PromptBuilder, RunFiles, RunOutcome, RunScene, Toolbox } from '../../core/ports.ts';
import { type CompiledRoute, decideRoute } from '../../core/routing/decide-route.ts';
import type { RouteInput } from '../../core/routing/route.ts';
import type { Run } from '../../core/runs/run.ts';
import type { Thread } from '../../core/threads/thread.ts';
import type { Meter } from '../../core/usage/meter.ts';
import type { AssistantProfile, Workflow } from '../../core/workflows/workflow.ts';
import type { Spender } from './spending.ts';

/** What the configuration says about executing runs. */
export type RunRules = {
  routes: readonly CompiledRoute[];
  maxAttempts: number;
  /** What a person wrote is cut here before a workflow sees it, in UTF-16 units. */
  maxMessageCharacters: number;
  assistant(id: string): Assistant | null;
  /** Counts what a run spends, and bounds it; left out, it only counts. */
  meter?(model: Model, spender: Spender): Meter;
};

/** An assistant as the configuration in force has it. */
export type Assistant = {
  profile: AssistantProfile;
  /** Tells configurations apart that answer differently: 12 hexadecimal digits. */
  version: string;
  /** The model for a run, which rules may choose by what is asked and by whom. */
  model(scene: RunScene, question: RouteInput): Model;
  prompt: PromptBuilder;
  files?: RunFiles;
  toolbox(scene: RunScene): Toolbox;
};

type Routing = NonNullable<RunOutcome['routing']>;

/** Where the rules send a run, by the newest of the messages that it answers; one that was routed before goes there. Pure. */
export function routeRun(
  { routes }: Pick<RunRules, 'routes'>,
  run: Run,
  thread: Thread,
  conversation: readonly Message[],
): Routing {
  const { route, workflow, assistantId } = run;
  if (route !== null && workflow !== null) {
    const threadMetadata = routes.find(({ name }) => name === route.rule)?.to.metadata ?? {};
    return { route, workflow, assistantId, threadMetadata };
  }
  const { target, rule, why, considered } = decideRoute(routes, questionOf(run, thread, conversation));
  return {
    route: { rule, why, considered: [...considered] },
    workflow: target.workflow ?? 'assistant',
    assistantId: target.assistant ?? run.assistantId,
    threadMetadata: target.metadata ?? {},
  };
}

/** What of it stays with the run. Pure. */
export function routedOf({ route, workflow, assistantId }: Routing): Pick<Run, keyof Routing & keyof Run> {
  return { route, workflow, assistantId };
}

/** What rules look at: the newest of the messages that a run answers, and where it was said. Pure. */
export function questionOf(run: Run, thread: Thread, conversation: readonly Message[]): RouteInput {
  const trigger = conversation.findLast((message) => run.triggerMessageIds.includes(message.id));
  return {
    thread,
    message: { text: trigger?.text ?? '', attachments: trigger?.attachments ?? [] },
    author: trigger?.author ?? null,
    run: { attempt: run.attempt },
  };
}

/** @throws ThreadrelayError `invalid_configuration` when a reload took away what the route names. */
export function executorsOf(
  rules: Pick<RunRules, 'assistant'>,
  workflows: ReadonlyMap<string, Workflow>,
  { workflow: workflowName, assistantId }: Routing,
): { workflow: Workflow; assistant: Assistant } {
  const workflow = workflows.get(workflowName);
  const found = rules.assistant(assistantId);
  if (workflow === undefined) throw notConfigured(`workflow "${workflowName}"`);
  if (found === null) throw notConfigured(`assistant "${assistantId}"`);
  return { workflow, assistant: found };
}

function notConfigured(what: string): ThreadrelayError {
  return new ThreadrelayError('invalid_configuration', `The ${what} is not configured any more.`);
}
