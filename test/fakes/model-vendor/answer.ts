/** What the vendor does with one request. */
export type Answer = Says | Refuses | { kind: 'silent' };

export type Says = {
  kind: 'says';
  /** Pieces of text, one a frame. */
  text?: readonly string[];
  /** Calls of tools; their arguments come in pieces of a few characters. `rawArguments` goes before `args`. */
  calls?: readonly { id: string; name: string; args?: object; rawArguments?: string }[];
  usage?: { input: number; output: number; cached?: number };
  finish?: 'stop' | 'length' | 'filter';
  /** What goes wrong after so many frames of content; `end` is a stream that just ends. */
  breaks?: { after: number; by: 'cut' | 'end' | 'stall' | 'malformed' | 'error' };
};

export type Refuses = {
  kind: 'refuses';
  status: number;
  /** As the vendor's protocol names it, as `insufficient_quota`. */
  code?: string;
  message?: string;
  headers?: Readonly<Record<string, string>>;
};

/** One frame of a stream, as it is written. */
export type Frame = { text: string; isContent: boolean };

export type VendorRequest = {
  path: string;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  body: Record<string, unknown>;
};

/** One of the protocols that the vendor speaks. */
export type Protocol = {
  /** What is wrong with a request, or null. */
  fault(body: Record<string, unknown>): string | null;
  frames(answer: Says, model: string): Frame[];
  /** A frame that tells of a failure in the middle. */
  errorFrame: string;
  refusal(answer: Refuses): unknown;
};

/** A call's arguments in the pieces in which they are sent. */
export function pieces(call: NonNullable<Says['calls']>[number]): string[] {
  const text = call.rawArguments ?? JSON.stringify(call.args ?? {});
  return text.match(/.{1,5}/gs) ?? [''];
}

/** The first fault of some parts. */
export function firstFault<T>(parts: readonly T[], faultOf: (part: T) => string | null): string | null {
  for (const part of parts) {
    const fault = faultOf(part);
    if (fault !== null) return fault;
  }
  return null;
}

export function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}
