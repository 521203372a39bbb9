import type { Clock } from '../../core/clock.ts';
import type { ReachCrashPoint } from '../../core/crash-points.ts';
import { StaleAttemptError, ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Message } from '../../core/messages/message.ts';
import type {
  ApprovalStore,
  Doorbells,
  MessageStore,
  RunEventLog,
  RunOutcome,
  RunStore,
  SettledRun,
} from '../../core/ports.ts';
import { answerIdOf } from '../../core/runs/answer-id.ts';
import { conversationFor } from '../../core/runs/conversation.ts';
import { type AttemptEnd, type AttemptStop, endOfAttempt, exhausted } from '../../core/runs/attempt-end.ts';
import type { RunEvent } from '../../core/runs/run-event.ts';
import type { Run, RunLease } from '../../core/runs/run.ts';
import type { RunStatus } from '../../core/runs/run-lifecycle.ts';
import type { Thread } from '../../core/threads/thread.ts';
import type { Timings } from '../../core/timings.ts';
import { noTracing, type Tracing } from '../../core/tracing.ts';
import type { RunUsage } from '../../core/usage/usage.ts';
import type { Workflow } from '../../core/workflows/workflow.ts';
import type { ActiveRun, ActiveRuns } from './active-runs.ts';
import { approvalEvent, approvalOf } from './ask-people.ts';
import type { RecordKeeper, Recording } from './keep-record.ts';
import { readHistory } from './read-history.ts';
import { executorsOf, questionOf, routedOf, type RunRules, routeRun } from './route-run.ts';
import { beginSpending } from './spending.ts';
import { streamAnswer } from './stream-answer.ts';
import { newAnswer, saidMessages } from './streamed-answer.ts';
import { traceAttempt } from './trace-attempt.ts';

export type RunExecutionParts = {
  runs: RunStore;
  approvals: Pick<ApprovalStore, 'ask'>;
  messages: MessageStore;
  events: RunEventLog;
  doorbells: Doorbells;
  active: ActiveRuns;
  workflows: ReadonlyMap<string, Workflow>;
  rules: () => RunRules;
  clock: Clock;
  timings: Timings;
  tracing?: Tracing;
  crash: ReachCrashPoint;
  logger: Logger;
  /** Keeps what was sent to models. */
  recordKeeper?: Pick<RecordKeeper, 'keep'>;
  /** Told once of each run whose end was stored here: how it ended and seconds since its creation. */
  onEnded?: (status: RunStatus, seconds: number) => void;
  /** Told once of what such a run used, all its attempts together. */
  onSpent?: (projectId: string, usage: RunUsage) => void;
};

/**
 * What executing a claimed run led to: its thread may be looked at again at once, later, or not by this worker. After
 * `ended` without `moreMayWait` no later message was there when the run was settled; one that came since rings.
 */
export type Executed =
  | { kind: 'ended'; moreMayWait: boolean }
  | { kind: 'again'; afterMs: number }
  | { kind: 'lost' };

/** `settled` is null for an end that was stored already. */
type Settled = { outcome: RunOutcome; settled: SettledRun | null };

function endEvent({ status, error, messages }: RunOutcome, settled: SettledRun | null): RunEvent {
  if (settled === null) return { type: 'end', status };
  const said = messages.at(-1);
  const answer = said === undefined ? null : { id: said.id, seq: settled.lastSeqBefore + messages.length };
  return { type: 'end', status, stored: { error, answer } };
}

/** Executes one attempt of a claimed run to its end. Never rejects: what fails is the run's outcome, or logged. */
export function createRunExecution(
  parts: RunExecutionParts,
): (run: Run, thread: Thread) => Promise<Executed> {
  const { runs, approvals, messages, events, doorbells, active, clock, timings, crash } = parts;

  return async function execute(run, thread) {
    const lease: RunLease = { threadId: run.threadId, runId: run.id, fence: run.fence };
    const logger = { runId: run.id, threadId: run.threadId, attempt: run.attempt };
    const rules = parts.rules();
    const limits = { ...timings, maxAttempts: rules.maxAttempts };
    const mine = active.begin(lease);
    const trace = traceAttempt(parts.tracing ?? noTracing, run, clock.now());
    const answerId = answerIdOf(lease);
    const answer = newAnswer(answerId);
    const spending = beginSpending(run, rules);
    const writer = events.writer(lease);
    let routing: RunOutcome['routing'] = null;
    let conversation: Message[] = [];
    let recording: Recording | null = null;
    /** `stored` is what the attempt left in its thread; null where what it said is to be forgotten. */
    const keepRecord = (stored: RunOutcome['messages'] | null) => {
      if (recording !== null) parts.recordKeeper?.keep(run, recording, answer.steps, stored);
      recording = null;
    };
    const timer = setTimeout(() => mine.interrupt({ kind: 'timed_out' }), timings.runTimeoutMs);
    try {
      await crash('run.claimed');
      if (thread.origin !== null) {
        doorbells.ringDelivery(lease).catch((error: unknown) => {
          parts.logger.warn({ ...logger, err: error }, 'a delivery was not rung; the sweeper will');
        });
      }
      writer.emit({ type: 'attempt', attempt: run.attempt, messageId: answerId });
      const stop = await attempt();
      answer.usage = spending.usage(answer.usage);
      const stoppedAt = clock.now();
      // Not waited for before the end is stored: what is appended later comes later all the same.
      const told = writer.flush();
      const end =
        run.attempt > limits.maxAttempts && stop.kind === 'threw'
          ? exhausted(limits.maxAttempts)
          : endOfAttempt(stop, run.attempt, limits);
      trace.stopped(stop, end);
      if (stop.kind === 'threw') {
        parts.logger.warn({ ...logger, err: stop.error, outcome: end.kind }, 'an attempt failed');
      }
      const executed = await conclude(end, stoppedAt);
      await told;
      return executed;
    } finally {
      clearTimeout(timer);
      active.end(mine);
      trace.end();
    }

    async function attempt(): Promise<AttemptStop> {
      if (run.cancel !== null) return { kind: 'cancelled', action: run.cancel };
      if (run.attempt > limits.maxAttempts) return { kind: 'threw', error: null };
      try {
        const history = await readHistory(messages, run, thread);
        conversation = conversationFor(run, history, rules.maxMessageCharacters);
        routing = routeRun(rules, run, thread, conversation);
        const executors = executorsOf(rules, parts.workflows, routing);
        recording = { assistant: executors.assistant, conversation };
        await crash('run.before_first_event');
        const { profile, model, prompt, files, toolbox } = executors.assistant;
        const scene = {
          thread: { ...thread, metadata: { ...thread.metadata, ...routing.threadMetadata } },
          run: { ...run, ...routedOf(routing) },
          assistant: profile,
        };
        const question = questionOf(run, scene.thread, conversation);
        const stream = executors.workflow.run({
          ...scene,
          model: spending.metered(model(scene, question), profile.id, question),
          prompt,
          toolbox: toolbox(scene),
          ...(files === undefined ? {} : { files }),
          messages: conversation,
          ...(run.approval === undefined ? {} : { resume: run.approval }),
          clock,
          signal: mine.signal,
        });
        await streamAnswer(stream, writer, answer, mine.signal, () => crash('run.after_first_event'));
        return mine.interruption() ?? { kind: answer.asks.length > 0 ? 'asked' : 'finished' };
      } catch (error) {
        return mine.interruption() ?? { kind: 'threw', error };
      }
    }

    /**
     * A settle whose own answer was lost finds the run ended by this very attempt: that is the same as done. And an
     * answer that is to be forgotten is not kept because the wish came a moment too late to stop it.
     */
    async function settleOnce(outcome: RunOutcome): Promise<Settled> {
      try {
        return { outcome, settled: await runs.settle(lease, outcome) };
      } catch (error) {
        if (error instanceof ThreadrelayError && error.code === 'conflict') {
          const forgotten: RunOutcome = { ...outcome, status: 'cancelled', messages: [] };
          return { outcome: forgotten, settled: await runs.settle(lease, forgotten) };
        }
        if (!(error instanceof StaleAttemptError)) throw error;
        const found = await runs.find(lease);
        if (found === null || found.fence !== lease.fence || found.status !== outcome.status) throw error;
        return { outcome, settled: null };
      }
    }

    /** A wish that came before the release would wait as long; one that comes after finds the run queued. */
    async function released(afterMs: number): Promise<Executed> {
      const wish = afterMs > 0 ? ((await runs.find(lease))?.cancel ?? null) : null;
      if (wish !== null) await runs.requestCancel(lease, wish, clock.now());
      keepRecord([]);
      return { kind: 'again', afterMs };
    }

    async function conclude(end: AttemptEnd, endedAt: Date): Promise<Executed> {
      if (end.kind === 'abandon') return { kind: 'lost' };
      await crash('run.before_settle');
      try {
        if (end.kind === 'wait') {
          const routed = routing;
          // What routes look at may change while people are asked, and they are asked about the tools of this assistant.
          if (routed !== null) await untilStored(mine, () => runs.keepRoute(lease, routedOf(routed)));
          const approval = approvalOf(run, answer, conversation, clock.now());
          await untilStored(mine, () => approvals.ask(lease, approval));
          writer.emit(approvalEvent(approval));
          await writer.flush();
          return await released(approval.expiresAt.getTime() - approval.askedAt.getTime());
        }
        if (end.kind === 'retry') {
          const availableAt = new Date(clock.now().getTime() + end.waitMs);
          await untilStored(mine, () => runs.release(lease, availableAt, end.countsAsAttempt, answer.usage));
          return await released(end.waitMs);
        }
        const outcome: RunOutcome = {
          status: end.status,
          messages: saidMessages(answer, end, endedAt, run.approval?.calls),
          error: end.error,
          usage: answer.usage,
          spender: spending.spender(),
          ...(run.approval === undefined ? {} : { asked: true }),
          routing,
          endedAt,
        };
        const { settled, outcome: stored } = await untilStored(mine, () => settleOnce(outcome));
        keepRecord(stored.status === 'cancelled' && stored.messages.length === 0 ? null : stored.messages);
        if (stored.usage !== null) parts.onSpent?.(run.projectId, stored.usage);
        parts.onEnded?.(stored.status, (endedAt.getTime() - run.createdAt.getTime()) / 1_000);
        await crash('run.settled');
        await crash('run.before_end_event');
        writer.emit(endEvent(stored, settled));
        await writer.flush();
        return { kind: 'ended', moreMayWait: settled === null || settled.lastSeqBefore > run.ordinal };
      } catch (error) {
        parts.logger.warn(
          { ...logger, err: error },
          'the end of an attempt was not stored; another attempt will',
        );
        return { kind: 'lost' };
      }
    }
  };

  /** An answer that is there is not thrown away because the database is away: tries until it is stored or overtaken. */
  async function untilStored<T>(mine: ActiveRun, store: () => Promise<T>): Promise<T> {
    for (let wait = 100; ; wait = Math.min(wait * 2, timings.heartbeatMs)) {
      try {
        return await store();
      } catch (error) {
        const final = error instanceof StaleAttemptError || !(error instanceof ThreadrelayError);
        const left = mine.interruption()?.kind;
        if (final || !error.retryable || left === 'overtaken' || left === 'drained') throw error;
        await clock.sleep(wait);
      }
    }
  }
}
