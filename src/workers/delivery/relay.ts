import type { Clock } from '../../core/clock.ts';
import type { ReachCrashPoint } from '../../core/crash-points.ts';
import type { ButtonPair } from '../../core/approval/approval-text.ts';
import { UNSHOWABLE } from '../../core/deliveries/outcome-text.ts';
import type { Delivery } from '../../core/deliveries/delivery.ts';
import { StaleAttemptError, ThreadrelayError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { createBackoff, retryDelay } from '../../core/pacing/backoff.ts';
import { editInterval } from '../../core/pacing/edit-delay.ts';
import {
  advancePacer,
  decide,
  NEW_PACER,
  type PacerInput,
  type PacerState,
} from '../../core/pacing/edit-pacer.ts';
import type {
  ApprovalStore,
  CancelBroadcast,
  DeliveryStore,
  MessageStore,
  PlatformRefusal,
  PlatformWriter,
  RunEventLog,
  RunStore,
  WriteBudgets,
} from '../../core/ports.ts';
import type { Telemetry } from '../../core/telemetry.ts';
import type { Timings } from '../../core/timings.ts';
import type { Tracing } from '../../core/tracing.ts';
import { LIMITS } from '../../core/limits.ts';
import { createWaker } from '../../core/waker.ts';
import type { ActiveDeliveries, ActiveDelivery } from './active-deliveries.ts';
import { createHeardAnswer } from './heard-answer.ts';
import { createPartTexts } from './part-texts.ts';
import { untilStored } from './until-stored.ts';
import { parkDelivery } from './park-delivery.ts';
import { createPartWrites, type StepResult } from './part-writes.ts';
import type { StrayWrite } from './mend-stray-write.ts';
import { showThinking } from './show-thinking.ts';
import { storedOutcome } from './stored-outcome.ts';

export type RelayParts = {
  runs: RunStore;
  messages: MessageStore;
  deliveries: DeliveryStore;
  approvals: Pick<ApprovalStore, 'park'>;
  events: RunEventLog;
  cancels: CancelBroadcast;
  budgets: WriteBudgets;
  /** The deliveries of this process, which share its processor. */
  active: Pick<ActiveDeliveries, 'count'>;
  clock: Clock;
  random: () => number;
  timings: Pick<Timings, 'silenceCheckMs'>;
  telemetry: Telemetry;
  tracing?: Tracing;
  /** The delivery's span, to which its writes belong. */
  traceparent?: string | undefined;
  crash: ReachCrashPoint;
  logger: Logger;
};

/** Refusals after which no write to this place will ever be taken. */
const FATAL: ReadonlySet<PlatformRefusal> = new Set([
  'message_gone',
  'thread_gone',
  'locked',
  'archived',
  'no_access',
  'bad_credentials',
]);

/** What a process can write, shared like the budgets of the platforms. */
const PROCESS_BUDGET = { key: 'process', limit: LIMITS.previewsPerSecond, windowMs: 1_000, reserve: 0 };

/** The first post waits for this many characters, but no longer than people notice. */
const FIRST_POST_LENGTH = 60;
const FIRST_POST_WITHIN_MS = 250;
const GATHER_STEP_MS = 25;

/** How often a finished answer looks whether the one before it is whole; seldom more than once. */
const TURN_CHECK_MS = 100;

/** How a relay stopped: with the whole final text shown, refused for good, or left for another process to continue. */
export type RelayEnd =
  | { kind: 'done' }
  /** Its run waits for people, and so does it, in nobody's hands. */
  | { kind: 'parked' }
  | { kind: 'failed'; reason: PlatformRefusal }
  | { kind: 'stopped'; stray: StrayWrite | null };

/**
 * Relays one run's stream onto its platform, from claim to final text. The pacer decides when; this loop feeds it and
 * does what it says, one write at a time.
 */
export async function relay(
  parts: RelayParts,
  writer: PlatformWriter,
  delivery: Delivery,
  mine: ActiveDelivery,
  hasEnded: boolean,
): Promise<RelayEnd> {
  const { deliveries, events, clock, random, timings, telemetry, crash } = parts;
  const ref = { threadId: delivery.threadId, runId: delivery.runId };
  const logger = { ...ref, platform: writer.platform };
  const waker = createWaker(clock);
  const texts = createPartTexts(writer.text);
  const writes = createPartWrites({ ...parts, delivery, mine, writer });
  const startedAt = clock.now().getTime();
  let pacer: PacerState = NEW_PACER;
  let refusal: PlatformRefusal | null = null;
  let endedAt: Date | null = null;
  let isFallback = false;
  let asked: { asks: readonly ButtonPair[]; text: string } | null = null;
  let firstTextAt: number | null = null;
  const backoff = createBackoff(random);
  /** A claim after the first: whatever was written last may have been accepted without being saved. */
  let mustReadBack = delivery.fence > 1;
  /** Answers appear in the order of their questions: the first post waits until earlier answers are whole. */
  let mustWaitTurn = delivery.parts.length === 0 && delivery.ordinal > 0;
  let mustLookUp = hasEnded || delivery.fence > 1;
  let heardAt = startedAt;

  const now = () => clock.now().getTime();
  const feed = (input: PacerInput) => {
    pacer = advancePacer(pacer, input, now());
  };
  const answer = createHeardAnswer({ text: (delta) => texts.append(delta), restart: () => texts.restart() });
  const unfollow = events.follow(ref, null, (batch) => {
    heardAt = now();
    answer.hear(batch);
    if (answer.hasEnded || (answer.asks && !pacer.ended)) mustLookUp = true;
    else if (answer.text !== '' && !pacer.ended) feed({ type: 'text', text: answer.text });
    waker.wake();
  });
  mine.signal.addEventListener('abort', waker.wake, { once: true });

  async function lookUpOutcome(): Promise<void> {
    mustLookUp = false;
    heardAt = now();
    const outcome = await storedOutcome(parts, ref, clock.now());
    if (outcome === null) return;
    // Once it shows what is asked, it does so to its end: whoever claims it next shows what came after.
    if (!pacer.ended && outcome.asks.length > 0) asked = { asks: outcome.asks, text: outcome.text };
    endedAt = outcome.endedAt ?? endedAt ?? clock.now();
    if (!pacer.ended || outcome.text === '') feed({ type: 'ended', text: outcome.text });
  }

  /** Tells the pacer what became of a step. `postponed` comes before the write has started, all else after. */
  function conclude(result: StepResult, isFinal: boolean): void {
    if (result.kind === 'done') backoff.reset();
    if (result.kind === 'retryable') feed({ type: 'retryable', waitMs: backoff.after(result.waitMs) });
    if (result.kind === 'ambiguous') feed({ type: 'ambiguous' });
    if (result.kind !== 'rejected') return;
    const fatal = FATAL.has(result.reason);
    parts.logger.warn(
      { ...logger, reason: result.reason, said: result.sentence },
      'the platform refused a write',
    );
    refusal = result.reason;
    if (isFinal && !fatal && !isFallback) {
      isFallback = true;
      feed({ type: 'ended', text: UNSHOWABLE });
    }
    feed({ type: 'rejected', fatal });
    if (fatal) pacer = { ...pacer, phase: 'failed' };
  }

  async function write(text: string, isFinal: boolean): Promise<void> {
    if (mustWaitTurn) {
      mustWaitTurn = await deliveries.hasEarlierOpen(ref.threadId, delivery.ordinal);
      if (mustWaitTurn) return clock.sleep(TURN_CHECK_MS, mine.signal);
    }
    const wanted = isFinal ? texts.final(text) : texts.preview();
    if (isFinal) await crash('delivery.before_final');
    let started = false;
    for (;;) {
      const step = writes.next(wanted, isFinal);
      if (step === null) break;
      const kind = step.do === 'post' ? 'post' : isFinal || started ? 'final' : 'preview';
      const wasPosted = writes.parts.length > 0;
      const before = now();
      const result = await writes.perform(step, kind);
      if (result.kind === 'stopped') return;
      if (result.kind === 'postponed') {
        if (started) feed({ type: 'retryable', waitMs: result.waitMs });
        else
          feed({ type: 'postponed', write: kind === 'preview' ? 'preview' : 'final', waitMs: result.waitMs });
        return;
      }
      if (!started) pacer = advancePacer(pacer, { type: 'started', text }, before);
      started = true;
      conclude(result, isFinal);
      if (result.kind !== 'done') return;
      const sinceAsked = (now() - delivery.createdAt.getTime()) / 1_000;
      if (!wasPosted) telemetry.firstPartPosted(writer.platform, sinceAsked);
      if (step.do === 'edit' && writes.edits === 1) telemetry.firstEdited(writer.platform, sinceAsked);
    }
    if (!started) feed({ type: 'started', text });
    feed({ type: 'done' });
    if (isFinal) await crash('delivery.final_accepted');
  }

  async function readBack(): Promise<void> {
    if (pacer.phase === 'doubtful') feed({ type: 'read-started' });
    const result = await writes.readBack();
    if (result.kind === 'done') {
      mustReadBack = false;
      if (pacer.phase === 'reading') feed({ type: 'read', text: null });
      return;
    }
    if (result.kind === 'rejected' && FATAL.has(result.reason)) {
      refusal = result.reason;
      pacer = { ...pacer, phase: 'failed' };
      return;
    }
    const wished = result.kind === 'retryable' ? result.waitMs : 0;
    const waitMs = result.kind === 'postponed' ? result.waitMs : backoff.after(wished);
    if (pacer.phase === 'reading') feed({ type: 'read-failed', waitMs });
    else await waker.wait(waitMs);
  }

  /** One turn: looks up what has to be known, else does what the pacer says, else sleeps until there is news. */
  async function turn(): Promise<void> {
    if (mustLookUp) return lookUpOutcome();
    const quietMs = now() - heardAt;
    if (!pacer.ended && quietMs >= timings.silenceCheckMs) return lookUpOutcome();
    const own = { budget: PROCESS_BUDGET, activeDeliveries: parts.active.count };
    const action = decide(pacer, now(), editInterval([...writes.shares, own]));
    const untilLookUp = pacer.ended ? Number.POSITIVE_INFINITY : timings.silenceCheckMs - quietMs;
    switch (action.do) {
      case 'write':
        if (!action.final && isTooShort(action.text)) return clock.sleep(GATHER_STEP_MS, mine.signal);
        return mustReadBack ? readBack() : write(action.text, action.final);
      case 'read-back':
        return readBack();
      case 'wait':
        return waker.wait(Math.min(action.until - now(), untilLookUp));
      case 'nothing':
        return waker.wait(Math.min(untilLookUp, timings.silenceCheckMs));
    }
  }

  /** A first message of one word would stand there for seconds: so the first words are gathered for a moment. */
  function isTooShort(text: string): boolean {
    if (writes.parts.length > 0 || text.length >= FIRST_POST_LENGTH) return false;
    firstTextAt ??= now();
    return now() - firstTextAt < FIRST_POST_WITHIN_MS;
  }

  const stopThinking = showThinking(writer, delivery, parts, () => writes.parts.length > 0 || pacer.ended);
  try {
    await crash('delivery.claimed');
    while (pacer.phase !== 'finished' && pacer.phase !== 'failed' && !mine.signal.aborted) {
      await turn().catch(async (error: unknown) => {
        // A store that is away: what was seen on the platform stands, and the loop goes on when it is back.
        if (error instanceof StaleAttemptError || !(error instanceof ThreadrelayError)) throw error;
        parts.logger.warn({ ...logger, err: error }, 'a delivery waits for the database');
        if (pacer.phase === 'writing') feed({ type: 'retryable', waitMs: 0 });
        if (pacer.phase === 'reading') feed({ type: 'read-failed', waitMs: 0 });
        mustLookUp ||= (answer.hasEnded || answer.asks) && !pacer.ended;
        await clock.sleep(retryDelay(1, random()), mine.signal);
      });
    }
    return await end();
  } finally {
    stopThinking();
    unfollow();
    mine.signal.removeEventListener('abort', waker.wake);
    await writes.leaveBudgets();
  }

  async function end(): Promise<RelayEnd> {
    if (mine.signal.aborted && pacer.phase !== 'finished' && pacer.phase !== 'failed')
      return { kind: 'stopped', stray: writes.stray };
    const failed = pacer.phase === 'failed';
    if (asked !== null && !failed)
      return await parkDelivery({ ...parts, writes, mine }, asked.asks, texts.final(asked.text));
    const finalAt = clock.now();
    const runEndedAt = endedAt ?? finalAt;
    const reason = failed ? (refusal ?? 'invalid') : null;
    await untilStored({ clock, random, signal: mine.signal }, () =>
      deliveries.finish(mine.lease, {
        status: failed ? 'failed' : 'done',
        reason,
        edits: writes.edits,
        runEndedAt,
        finalAt,
        parts: [...writes.parts],
      }),
    );
    await crash('delivery.done');
    telemetry.deliveryEnded(writer.platform, failed ? 'failed' : 'done', reason);
    if (reason !== null) return { kind: 'failed', reason };
    telemetry.finalAccepted(writer.platform, Math.max(0, finalAt.getTime() - runEndedAt.getTime()) / 1_000);
    return { kind: 'done' };
  }
}
