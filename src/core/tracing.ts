/** Ids, names of ours, numbers. Never a person's text, never a secret. */
export type TraceAttributes = Readonly<Record<string, string | number | boolean>>;

/** What is traced of a message's way through the house. */
export type SpanName =
  /** From the decision to answer a message until it is persisted. Begins the trace. */
  | 'event receive'
  /** One attempt of a run, from claim to stored end. */
  | 'run execute'
  /** A claimed delivery, from claim to whole final text. */
  | 'delivery relay'
  /** One call that writes to a platform. */
  | 'platform post'
  | 'platform edit'
  | 'platform remove';

export type TraceSpan = {
  /** The span as W3C Trace Context writes it, for what comes after it; undefined while nothing is traced. */
  readonly traceparent: string | undefined;
  set(attributes: TraceAttributes): void;
  /** Ends it, once. `fault` is a code of ours for what went wrong. */
  end(fault?: string): void;
};

/** Joins what happens to one message in several processes. Called where it happens; cheap, and never throws. */
export type Tracing = {
  /** `parent` is the `traceparent` of what led to it; a trace begins without one. */
  begin(name: SpanName, parent: string | undefined, attributes: TraceAttributes): TraceSpan;
};

const NO_SPAN: TraceSpan = { traceparent: undefined, set() {}, end() {} };

export const noTracing: Tracing = { begin: () => NO_SPAN };
