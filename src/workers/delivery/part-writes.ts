import type { ReachCrashPoint } from '../../core/crash-points.ts';
import type { Delivery, DeliveryPart } from '../../core/deliveries/delivery.ts';
import type { ButtonPair } from '../../core/approval/approval-text.ts';
import { hasApprovalButtons } from '../../core/ports.ts';
import type {
  DeliveryStore,
  PartAddress,
  PlatformRefusal,
  PlatformWriter,
  WriteBudget,
  WriteBudgets,
  WriteKind,
  WriteOutcome,
} from '../../core/ports.ts';
import type { Telemetry } from '../../core/telemetry.ts';
import { noTracing, type Tracing } from '../../core/tracing.ts';
import type { ActiveDelivery } from './active-deliveries.ts';
import type { StrayWrite } from './mend-stray-write.ts';

export type WriteStep =
  | { do: 'post'; index: number; text: string }
  | { do: 'edit'; index: number; messageId: string; text: string; buttons?: readonly ButtonPair[] }
  | { do: 'remove'; index: number; messageId: string };

export type StepResult =
  | { kind: 'done' }
  | { kind: 'postponed'; waitMs: number }
  | { kind: 'retryable'; waitMs: number }
  | { kind: 'rejected'; reason: PlatformRefusal; sentence: string }
  | { kind: 'ambiguous' }
  /** The lease is lost, or the process stops. */
  | { kind: 'stopped' };

export type PartWrites = {
  readonly parts: DeliveryPart[];
  readonly edits: number;
  /** How many deliveries write under each edit budget, as last heard. */
  readonly shares: { budget: WriteBudget; activeDeliveries: number }[];
  /** The next write that brings the platform's messages nearer to `texts`; null when they are there. */
  next(texts: string[], isFinal: boolean): WriteStep | null;
  perform(step: WriteStep, kind: WriteKind): Promise<StepResult>;
  /** Looks whether the first part that is not known to be posted was posted all the same. */
  readBack(): Promise<StepResult>;
  leaveBudgets(): Promise<void>;
  /** The write that was under way when the lease was lost, if it may have been taken. */
  readonly stray: StrayWrite | null;
};

/** The writes of one delivery: which are needed, and doing them one by one, each within its budgets. */
export function createPartWrites(parts: {
  delivery: Delivery;
  mine: ActiveDelivery;
  writer: PlatformWriter;
  deliveries: DeliveryStore;
  budgets: WriteBudgets;
  telemetry: Telemetry;
  tracing?: Tracing;
  traceparent?: string | undefined;
  crash: ReachCrashPoint;
}): PartWrites {
  const { delivery, mine, writer, deliveries, budgets, telemetry, tracing = noTracing, crash } = parts;
  const { origin, runId, replyTo } = delivery;
  const { platform } = writer;
  const posted: DeliveryPart[] = [...delivery.parts];
  /** What a part surely shows, by index; unknown after a crash or an uncertain write. */
  const shown = new Map<number, string>();
  const editBudgets = writer.budgets(origin, 'edit');
  /** Parts that the database does not know of: it was away when they were posted. */
  const unsaved: DeliveryPart[] = [];
  let shares = editBudgets.map((budget) => ({ budget, activeDeliveries: 1 }));
  let edits = delivery.edits;
  let stray: StrayWrite | null = null;
  /**
   * A write that was sent cannot be called back, so its answer is awaited also by a process that stops: whoever goes on
   * must not write, or look for the post, before it has arrived. The writer bounds the wait.
   */
  const uninterrupted = new AbortController().signal;
  const address = (index: number): PartAddress => ({ origin, runId, index, replyTo });

  async function keep(index: number, messageId: string): Promise<void> {
    const part = { index, messageId };
    posted.push(part);
    unsaved.push(part);
    await saveParts();
  }

  async function saveParts(): Promise<void> {
    for (let [part] = unsaved; part !== undefined; [part] = unsaved) {
      await deliveries.savePart(mine.lease, part);
      unsaved.shift();
      await crash('delivery.part_saved');
    }
  }

  /** The lease is lost, or it ran out while the database is away: then it may be had again. */
  function withoutLease(): StepResult {
    return mine.signal.aborted ? { kind: 'stopped' } : { kind: 'retryable', waitMs: 0 };
  }

  async function send(step: WriteStep): Promise<WriteOutcome<{ messageId: string } | undefined>> {
    switch (step.do) {
      case 'post':
        await crash('delivery.before_post');
        return writer.post(address(step.index), step.text, uninterrupted);
      case 'edit':
        await crash('delivery.before_edit');
        if (step.buttons !== undefined && hasApprovalButtons(writer)) {
          const { index, messageId, text, buttons } = step;
          return writer.editWithButtons(address(index), messageId, text, buttons, uninterrupted);
        }
        return writer.edit(address(step.index), step.messageId, step.text, uninterrupted);
      case 'remove':
        return writer.remove(address(step.index), step.messageId, uninterrupted);
    }
  }

  async function took(step: WriteStep, value: { messageId: string } | undefined): Promise<void> {
    if (step.do === 'remove') {
      posted.splice(
        posted.findIndex(({ index }) => index === step.index),
        1,
      );
      shown.delete(step.index);
      return;
    }
    shown.set(step.index, step.text);
    if (step.do === 'edit') edits += 1;
    if (step.do === 'post' && value !== undefined) {
      await crash('delivery.post_accepted');
      await keep(step.index, value.messageId);
    }
  }

  return {
    parts: posted,
    get edits() {
      return edits;
    },
    get shares() {
      return shares;
    },

    next(texts, isFinal) {
      for (const [index, text] of texts.entries()) {
        const part = posted.find((each) => each.index === index);
        if (part === undefined) return { do: 'post', index, text };
        if (shown.get(index) !== text) return { do: 'edit', index, messageId: part.messageId, text };
      }
      const surplus = isFinal ? posted.findLast(({ index }) => index >= texts.length) : undefined;
      return surplus === undefined ? null : { do: 'remove', ...surplus };
    },

    async perform(step, kind) {
      // One part at most is ever unknown to the database: after a crash, one is looked for.
      await saveParts();
      const needed = writer.budgets(origin, step.do);
      const { waitMs, active } = await budgets.take(needed, kind, runId);
      if (step.do === 'edit') {
        shares = editBudgets.map((budget, index) => ({ budget, activeDeliveries: active[index] ?? 1 }));
      }
      if (waitMs > 0) {
        telemetry.budgetWaited(platform, kind, waitMs / 1_000);
        return { kind: 'postponed', waitMs };
      }
      if (!(await mine.mayWrite())) return withoutLease();
      const attributes = { 'threadrelay.platform': platform, 'threadrelay.run.id': runId };
      const span = tracing.begin(`platform ${step.do}`, parts.traceparent, attributes);
      const outcome = await send(step);
      span.set({ 'threadrelay.write.outcome': outcome.kind });
      span.end(outcome.kind === 'done' ? undefined : outcome.kind);
      telemetry.wrote(platform, step.do, outcome.kind);
      // Asked again, because the process may have been frozen before the write went out.
      await mine.mayWrite();
      if (mine.isLost) {
        stray = strayOf(step, outcome);
        return { kind: 'stopped' };
      }
      switch (outcome.kind) {
        case 'done':
          await took(step, outcome.value);
          return { kind: 'done' };
        case 'rejected':
          // What is to be removed and is not there is removed.
          if (step.do !== 'remove') return outcome;
          await took(step, undefined);
          return { kind: 'done' };
        case 'retryable':
          if (outcome.rateLimited) {
            telemetry.rateLimited(platform);
            const exhausted = outcome.firstBudgetOnly === true ? needed.slice(0, 1) : needed;
            await budgets.penalise(exhausted, outcome.waitMs);
          }
          return { kind: 'retryable', waitMs: outcome.waitMs };
        case 'ambiguous':
          shown.delete(step.index);
          return step.do === 'post' ? { kind: 'ambiguous' } : { kind: 'retryable', waitMs: 0 };
      }
    },

    async readBack() {
      const needed = writer.budgets(origin, 'find');
      const { waitMs } = await budgets.take(needed, 'post', runId);
      if (waitMs > 0) return { kind: 'postponed', waitMs };
      if (!(await mine.mayWrite())) return withoutLease();
      await saveParts();
      const index = posted.length;
      const outcome = await writer.findPosted(address(index), mine.signal);
      switch (outcome.kind) {
        case 'done':
          if (outcome.value !== null) await keep(index, outcome.value.messageId);
          return { kind: 'done' };
        case 'rejected':
          return outcome;
        case 'retryable':
          if (outcome.rateLimited) {
            telemetry.rateLimited(platform);
            await budgets.penalise(needed, outcome.waitMs);
          }
          return { kind: 'retryable', waitMs: outcome.waitMs };
        case 'ambiguous':
          return { kind: 'retryable', waitMs: 0 };
      }
    },

    get stray() {
      return stray;
    },

    leaveBudgets: () => budgets.leave(editBudgets, runId),
  };
}

function strayOf(
  step: WriteStep,
  outcome: WriteOutcome<{ messageId: string } | undefined>,
): StrayWrite | null {
  if (outcome.kind === 'rejected' || step.do === 'remove') return null;
  const messageId = step.do === 'edit' ? step.messageId : outcome.kind === 'done' && outcome.value?.messageId;
  return typeof messageId === 'string' ? { index: step.index, messageId } : null;
}
