/** What was fetched: whole, and no larger than was allowed. */
export type Fetched = {
  status: number;
  headers: ReadonlyMap<string, string>;
  body: Uint8Array;
  /** The address that answered in the end, after redirects. */
  url: string;
};

export type OutboundRequest = {
  url: string;
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Sent to these hosts only, however often the answer redirects; left out elsewhere. */
  credentials?: { header: string; value: string; hosts: readonly string[] };
  maxBytes?: number;
  timeoutMs?: number;
  signal?: AbortSignal;
};

/**
 * The one way out of the house for addresses that people, models or configurations name: never to a private, loopback,
 * link-local or otherwise reserved address, whatever name, number or redirect stands for it.
 * @throws ThreadrelayError `invalid_input` for an address that is not allowed, `platform_refused` for an answer that is too
 * large, `platform_unreachable` (retryable) when nothing came in time
 */
export type GuardedFetch = (request: OutboundRequest) => Promise<Fetched>;
