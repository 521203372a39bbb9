import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { defaultCacheDir } from '../../../src/app/local-stack/binary-cache.ts';
import { mongodKind } from '../../../src/app/local-stack/binary-kinds.ts';
import { findBinary } from '../../../src/app/local-stack/find-binary.ts';
import { mongodArguments } from '../../../src/app/local-stack/mongod.ts';
import { type SupervisedProcess, supervise } from '../../../src/app/local-stack/supervise.ts';
import { eventually } from '../../fixtures/eventually.ts';

/** Three mongods of one replica set on loopback, with their journals. */
export type ReplicaSet = {
  /** Names all three. */
  readonly uri: string;
  /** Asks the primary to step down; resolves when another node takes writes. */
  stepDown(): Promise<void>;
  /**
   * Kills the primary with SIGKILL and resolves when another takes writes; `revive` brings it back and waits until all
   * are well. Others that are frozen
   * start anew from what they had stored, so that what only the primary knew is rolled back.
   */
  killPrimary(): Promise<{ revive(): Promise<void> }>;
  /** Freezes the secondaries, so that nothing that the primary writes reaches a majority, until it is killed. */
  freezeSecondaries(): Promise<void>;
  stop(): Promise<void>;
};

const NODES = 3;
/** A fifth of the usual, so that a killed primary is missed for 2 s and not for 10; it changes nothing else. */
const ELECTION_MS = 2_000;
/** Ten elections: who has no primary by then needs the killed one. */
const LEADERLESS_MS = 20_000;
/** A node that stepped down may be elected again after this: a second, because both others can take over. */
const STEP_DOWN_S = 1;

export async function startReplicaSet(): Promise<ReplicaSet> {
  const { env } = process;
  const dataDir = await mkdtemp(join(tmpdir(), 'threadrelay-replica-set-'));
  const binary = await findBinary(mongodKind, {
    namedPath: env['THREADRELAY_MONGOD'],
    searchPath: env['PATH'] ?? '',
    cacheDir: env['THREADRELAY_CACHE'] || defaultCacheDir(homedir()),
    platform: process.platform,
    arch: process.arch,
    progress: () => {},
  });
  const ports = await freePorts(NODES);
  const hosts = ports.map((port) => `127.0.0.1:${port}`);
  let frozen: Node[] = [];
  /** The primary whose followers are frozen: asking them would take longer than it keeps its place without them. */
  let lonely: Node | null = null;
  const nodes = new Map<string, SupervisedProcess>();
  const pidPath = (port: number) => join(dataDir, `${port}.pid`);

  async function startNode(port: number): Promise<void> {
    const dbPath = join(dataDir, String(port));
    await mkdir(dbPath, { recursive: true });
    const args = mongodArguments({ transport: 'loopback', host: '127.0.0.1', port }, dbPath, pidPath(port));
    const logPath = join(dataDir, `${port}.log`);
    nodes.set(`127.0.0.1:${port}`, supervise(binary.path, args, { logPath, searchPath: env['PATH'] ?? '' }));
    await reachable(`127.0.0.1:${port}`);
  }

  /** The node that takes writes and that a majority agrees on, other than `not`. */
  function primary(not?: string, withinMs = 60_000): Promise<string> {
    return eventually(
      async () => {
        for (const host of hosts.filter((each) => each !== not)) {
          const hello = await command(host, { hello: 1 }).catch(() => null);
          if (hello?.['isWritablePrimary'] === true) return host;
        }
        return null;
      },
      'the replica set has a primary',
      withinMs,
    );
  }

  /** Killed and not thawed: what the primary sent waits in their sockets, and they would still take it in. */
  async function reviveFrozen(): Promise<void> {
    await Promise.all(
      frozen.splice(0).map(async ({ host, pid }) => {
        process.kill(pid, 'SIGKILL');
        await nodes.get(host)?.stop();
        await startNode(portOf(host));
      }),
    );
  }

  /** Every node leads or follows: one that still rolls back or catches up would be a second loss beside the next. */
  async function healthy(): Promise<void> {
    await eventually(
      async () => {
        const all = await Promise.all(hosts.map((host) => command(host, { hello: 1 }).catch(() => null)));
        const works = (hello: mongo.Document | null) =>
          hello?.['isWritablePrimary'] === true || hello?.['secondary'] === true;
        return all.every(works) ? true : null;
      },
      'all nodes are well',
      120_000,
    );
  }

  async function pidOf(host: string): Promise<number> {
    const status = await command(host, { serverStatus: 1 });
    return Number(status['pid']);
  }

  async function leader(): Promise<Node> {
    const host = await primary();
    return { host, pid: await pidOf(host) };
  }

  async function stop(): Promise<void> {
    await Promise.all([...nodes.values()].map((node) => node.stop()));
    await rm(dataDir, { recursive: true, force: true });
  }

  try {
    await Promise.all(ports.map(startNode));
    await command(hosts[0] ?? '', {
      replSetInitiate: {
        _id: 'rs0',
        members: hosts.map((host, _id) => ({ _id, host })),
        settings: { electionTimeoutMillis: ELECTION_MS, heartbeatIntervalMillis: 500 },
      },
    });
    await primary();
    await healthy();
  } catch (thrown) {
    await stop();
    throw thrown;
  }

  return {
    uri: `mongodb://${hosts.join(',')}/?replicaSet=rs0`,
    async stepDown() {
      const old = await primary();
      // A node that lags, or an election under way, refuses it for a moment.
      await eventually(
        () =>
          command(old, { replSetStepDown: STEP_DOWN_S, secondaryCatchUpPeriodSecs: 1 }).then(
            () => true,
            () => null,
          ),
        'the primary steps down',
        30_000,
      );
      await primary();
    },
    async killPrimary() {
      const { host: old, pid } = lonely ?? (await leader());
      lonely = null;
      process.kill(pid, 'SIGKILL');
      await nodes.get(old)?.stop();
      await reviveFrozen();
      // Two that were killed in the middle of what they took in now and then cannot lead without the third.
      const others = await primary(old, LEADERLESS_MS).catch(() => null);
      if (others === null) {
        await startNode(portOf(old));
        await primary();
      }
      return {
        async revive() {
          if (others !== null) await startNode(portOf(old));
          await healthy();
        },
      };
    },
    async freezeSecondaries() {
      lonely = await leader();
      const followers = hosts.filter((host) => host !== lonely?.host);
      frozen = await Promise.all(followers.map(async (host) => ({ host, pid: await pidOf(host) })));
      for (const { pid } of frozen) process.kill(pid, 'SIGSTOP');
    },
    async stop() {
      // A frozen process cannot be told to end.
      for (const { pid } of frozen.splice(0)) process.kill(pid, 'SIGKILL');
      await stop();
    },
  };
}

function portOf(host: string): number {
  return Number(host.split(':')[1]);
}

type Node = { host: string; pid: number };

async function command(host: string, wish: mongo.Document): Promise<mongo.Document> {
  const client = new mongo.MongoClient(`mongodb://${host}/?directConnection=true`, {
    serverSelectionTimeoutMS: 1_000,
  });
  try {
    return await client.db('admin').command(wish);
  } finally {
    await client.close();
  }
}

async function reachable(host: string): Promise<void> {
  await eventually(
    () =>
      command(host, { hello: 1 }).then(
        () => true,
        () => null,
      ),
    `${host} answers`,
    60_000,
  );
}

/** Ports that are free now, all of them at once. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  return Promise.all(
    servers.map(async (server) => {
      const address = server.address();
      await new Promise((resolve) => {
        server.close(resolve);
      });
      return typeof address === 'object' && address !== null ? address.port : 0;
    }),
  );
}
