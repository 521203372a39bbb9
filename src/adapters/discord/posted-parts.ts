/** Enough for the answers under way in one process many times over; an entry is about 100 bytes. */
const CAPACITY = 2_000;

export interface PostedParts {
  remember(nonce: string, messageId: string): void;
  find(nonce: string): string | undefined;
}

/**
 * Which message a nonce became, as this process learned from answers and from the gateway's echo of its own posts.
 * A shortcut only: another process learns it by reading, or by posting again with the same nonce.
 */
export function createPostedParts(): PostedParts {
  const byNonce = new Map<string, string>();
  return {
    remember(nonce, messageId) {
      byNonce.delete(nonce);
      byNonce.set(nonce, messageId);
      if (byNonce.size <= CAPACITY) return;
      const [oldest] = byNonce.keys();
      if (oldest !== undefined) byNonce.delete(oldest);
    },
    find: (nonce) => byNonce.get(nonce),
  };
}
