export const SCOPES = ['read', 'write', 'admin'] as const;
/** Each scope holds those before it. */
export type Scope = (typeof SCOPES)[number];

export type ApiKey = {
  id: string;
  projectId: string;
  scope: Scope;
  /** What people call it. */
  name: string | null;
  /** The first characters of the secret, by which people recognise it. */
  hint: string;
  createdAt: Date;
  revokedAt: Date | null;
};

/** API keys; the secret itself is never stored, only its SHA-256 (it holds 256 random bits, so no slow hash is needed). */
export interface ApiKeyStore {
  create(key: ApiKey, secretHash: string): Promise<void>;
  /** Null for unknown and revoked ones. */
  findByHash(secretHash: string): Promise<ApiKey | null>;
  list(projectId: string | null): Promise<ApiKey[]>;
  /** False when there is no such key that is not yet revoked. */
  revoke(id: string, at: Date): Promise<boolean>;
}

/** What a request with an Idempotency-Key was answered. */
export type KeptAnswer = { status: number; headers: Record<string, string>; body: string };

export type IdempotentRequest = { projectId: string; key: string; fingerprint: string };

export type IdempotencyClaim =
  /** The request is to be carried out; `seed` is the same for every try of it, so that what it makes gets the same ids. */
  | { kind: 'first'; seed: string }
  | { kind: 'answered'; answer: KeptAnswer }
  /** Another process is carrying it out, and its time is not over. */
  | { kind: 'in_progress' }
  /** The key was used with another request. */
  | { kind: 'mismatch' };

/** Remembers requests for LIMITS.idempotencyMs. */
export interface IdempotencyStore {
  claim(
    request: IdempotentRequest,
    newSeed: string,
    now: Date,
    takeOverBefore: Date,
  ): Promise<IdempotencyClaim>;
  keep(request: IdempotentRequest, answer: KeptAnswer): Promise<void>;
  /** The request failed in a way that made nothing: it may be sent again. */
  forget(request: IdempotentRequest): Promise<void>;
}

export type RateAnswer = { allowed: true } | { allowed: false; retryAfterMs: number };

/** Requests per key over all processes. Allows while Redis is away. */
export interface RequestLimiter {
  take(key: string): Promise<RateAnswer>;
}
