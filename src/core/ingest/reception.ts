import { decideListening } from '../listening/decide-listening.ts';
import type { Admission, AdmissionPlan, AdmissionResult, IncomingMessage, IngestResult } from '../ports.ts';
import { isBlank, sanitiseText } from '../rendering/sanitise.ts';
import { decideRoute } from '../routing/decide-route.ts';
import { extractMetadata } from '../routing/extract.ts';
import type { Metadata, Thread } from '../threads/thread.ts';
import { titleOf } from '../threads/title.ts';
import { noTracing } from '../tracing.ts';
import type { IngestParts } from './ingest-parts.ts';
import { type Allowance, keepPace } from './keep-pace.ts';
import { ringBell } from './ring-bell.ts';
import { traceAdmission } from './trace-admission.ts';

/** Takes a person's message in: whether it is answered, by which assistant, and what it sets off. */
export function createReception(parts: IngestParts): (message: IncomingMessage) => Promise<IngestResult> {
  const { inbox, threads, paces, clock, newId, timings, crash, tracing = noTracing } = parts;

  return async function receive(incoming) {
    if (incoming.author.isBot === true) return { kind: 'ignored', why: 'it was written by a bot' };
    const known = await threads.isKnown(incoming.origin);
    if (known === 'deleted') return { kind: 'ignored', why: 'the thread was deleted' };

    const rules = parts.rules();
    const { origin } = incoming;
    const decision = decideListening(rules.bindings, {
      platform: origin.platform,
      tenant: origin.tenant,
      channel: origin.channel,
      channelName: incoming.channelName,
      isDirectMessage: incoming.isDirectMessage,
      mentionsBot: incoming.mentionsBot,
      isThreadReply: !incoming.startsThread,
      threadKnown: known === 'known',
    });
    if (!decision.answer) return { kind: 'ignored', why: decision.reason };

    const now = clock.now();
    const text = sanitiseText(incoming.text);
    const name = sanitiseText(incoming.threadName ?? titleOf(text));
    const first = {
      thread: { metadata: incoming.metadata, origin, name },
      message: { text },
      author: incoming.author,
    };
    const metadata: Metadata = { ...incoming.metadata, ...extractMetadata(rules.extractRules, first) };
    const saysNothing = isBlank(text) && incoming.attachments.length === 0 && !incoming.mentionsBot;
    const allowed: Allowance = saysNothing
      ? { kind: 'nothing' }
      : await keepPace(paces, rules.pace, decision.project, incoming);
    const runId = newId();

    const span = tracing.begin('event receive', undefined, { 'threadrelay.platform': origin.platform });
    const plan = (thread: Thread): AdmissionPlan => {
      if (thread.closed !== null || allowed.kind === 'nothing') return { kind: 'message_only' };
      const { target } = decideRoute(rules.routes, {
        thread,
        message: { text, attachments: incoming.attachments },
        author: incoming.author,
      });
      const assistantId = target.assistant ?? thread.assistantId;
      const strategy = rules.multitaskOf(assistantId);
      return {
        kind: 'run',
        strategy,
        ...(allowed.kind === 'notice' ? { rejection: allowed.error } : {}),
        deliver: { replyTo: incoming.sourceId },
        run: {
          id: runId,
          idempotencyKey: `message:${incoming.sourceId}`,
          assistantId,
          priority: target.priority ?? 0,
          createdAt: now,
          availableAt: strategy === 'collect' ? new Date(now.getTime() + timings.collectMs) : now,
          metadata: {},
          traceparent: span.traceparent,
        },
      };
    };

    await crash('ingest.before_persist');
    const admission: Admission = {
      thread: {
        id: newId(),
        projectId: decision.project,
        assistantId: decision.assistant,
        name: name === '' ? null : name,
        metadata,
        origin,
      },
      messages: [
        {
          id: newId(),
          role: 'human',
          text,
          author: incoming.author,
          attachments: incoming.attachments,
          sourceId: incoming.sourceId,
          createdAt: now,
        },
      ],
      plan,
    };
    const result = await traceAdmission(span, () => inbox.admit(admission));
    await crash('ingest.after_persist');
    return concluded(result, now);
  };

  async function concluded(result: AdmissionResult, now: Date): Promise<IngestResult> {
    if (result.kind === 'refused') return { kind: 'ignored', why: 'the thread was deleted' };
    const { threadId, messageId } = result;
    if (result.kind === 'duplicate') return { kind: 'duplicate', threadId, messageId };
    await crash('ingest.before_ring');
    const { run } = result;
    if (run?.rejected === true) ringBell(parts, () => parts.doorbells.ringDelivery(run, true));
    else if (run !== null) {
      const delayMs = run.availableAt.getTime() - now.getTime();
      ringBell(parts, () => parts.doorbells.ringThread(threadId, { delayMs, priority: run.priority }));
    }
    for (const ref of result.cancelled) ringBell(parts, () => parts.cancels.publish(ref));
    return run === null
      ? { kind: 'stored', threadId, messageId }
      : { kind: 'run', threadId, messageId, runId: run.runId };
  }
}
