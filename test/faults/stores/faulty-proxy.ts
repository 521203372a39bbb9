import { once } from 'node:events';
import { connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

/** A TCP proxy before a store that can be slow, cut its connections, or swallow what it is given. */
export type FaultyProxy = {
  readonly port: number;
  /** From now on answers of the store come this many milliseconds late. */
  delayAnswers(ms: number): void;
  /** Resets every open connection (RST) on both sides. */
  reset(): void;
  /**
   * From now on every byte of either side vanishes, closings too, and new connections are accepted but lead nowhere. A
   * connection that has lost bytes stays silent for ever, as one whose state a firewall has forgotten.
   */
  swallow(): void;
  /** Ends all faults: new connections work, and open ones that have lost nothing. */
  heal(): void;
  close(): Promise<void>;
};

type Pair = { client: Socket; store: Socket; isDead: boolean };

export async function startFaultyProxy(target: NetConnectOpts): Promise<FaultyProxy> {
  const pairs = new Set<Pair>();
  let delayMs = 0;
  let isSwallowing = false;

  function pass(pair: Pair, from: Socket, to: Socket, delayOf: () => number): void {
    const vanishes = () => (pair.isDead ||= isSwallowing);
    let dueAt = 0;
    /** In the order of arrival, whatever the delay was when each arrived. */
    const later = (act: () => void) => {
      dueAt = Math.max(dueAt, performance.now() + delayOf());
      const wait = dueAt - performance.now();
      if (wait <= 0) act();
      else setTimeout(act, wait);
    };
    from.on('data', (bytes) => {
      if (!vanishes()) later(() => void (vanishes() || to.write(bytes)));
    });
    from.on('close', () => {
      if (vanishes()) return;
      later(() => {
        to.destroy();
        pairs.delete(pair);
      });
    });
    // A reset ends in `close` too.
    from.on('error', () => {});
  }

  const server = createServer((client) => {
    const pair: Pair = { client, store: connect(target), isDead: isSwallowing };
    pairs.add(pair);
    client.setNoDelay(true);
    pass(pair, client, pair.store, () => 0);
    pass(pair, pair.store, client, () => delayMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

  return {
    port: address.port,
    delayAnswers(ms) {
      delayMs = ms;
    },
    reset() {
      for (const { client, store } of pairs) {
        client.resetAndDestroy();
        // A unix socket knows no reset.
        if ('path' in target) store.destroy();
        else store.resetAndDestroy();
      }
      pairs.clear();
    },
    swallow() {
      isSwallowing = true;
      // What idles through the hole is forgotten as well as what speaks in it.
      for (const pair of pairs) pair.isDead = true;
    },
    heal() {
      delayMs = 0;
      isSwallowing = false;
    },
    async close() {
      server.close();
      for (const { client, store } of pairs) {
        client.destroy();
        store.destroy();
      }
      pairs.clear();
    },
  };
}
