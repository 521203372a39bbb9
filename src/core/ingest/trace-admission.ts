import { toThreadrelayError } from '../errors.ts';
import type { AdmissionResult } from '../ports.ts';
import type { TraceSpan } from '../tracing.ts';

/** Ends the span with what became of the message. */
export async function traceAdmission(
  span: TraceSpan,
  admit: () => Promise<AdmissionResult>,
): Promise<AdmissionResult> {
  try {
    const result = await admit();
    span.set({ 'threadrelay.admission': result.kind });
    if (result.kind !== 'refused') {
      span.set({ 'threadrelay.thread.id': result.threadId, 'threadrelay.message.id': result.messageId });
      if (result.run !== null) span.set({ 'threadrelay.run.id': result.run.runId });
    }
    span.end();
    return result;
  } catch (error) {
    span.end(toThreadrelayError(error).code);
    throw error;
  }
}
