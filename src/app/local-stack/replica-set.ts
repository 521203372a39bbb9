import { mongo } from 'mongoose';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';

export const REPLICA_SET = 'rs0';

/** MongoDB's error code NotYetInitialized. */
const NOT_YET_INITIALIZED = 94;
/** How often a replica set that starts is asked for its primary. */
const POLL_MS = 20;
/** Wait for the socket to open, per try, in milliseconds. */
const CONNECT_MS = 1_000;

/** What is read of the answer to replSetGetConfig; the rest goes back as it came. */
const configReply = z.looseObject({
  config: z.looseObject({
    version: z.number(),
    members: z.tuple([z.looseObject({ host: z.string() })], z.unknown()),
  }),
});

/**
 * Makes the mongod at the URI a writable replica set of one under the given host: initiates a new one, and
 * renames the member of one whose address has changed. Resolves when writes are taken; tries until the signal.
 */
export async function ensureReplicaSet(uri: string, host: string, signal: AbortSignal): Promise<void> {
  const client = await connect(uri, signal);
  try {
    const admin = client.db('admin');
    await ensureMember(admin, host);
    while (!(await admin.command({ hello: 1 }))['isWritablePrimary']) {
      await delay(POLL_MS, undefined, { signal });
    }
  } finally {
    await client.close();
  }
}

async function connect(uri: string, signal: AbortSignal): Promise<mongo.MongoClient> {
  for (;;) {
    const client = new mongo.MongoClient(uri, { serverSelectionTimeoutMS: CONNECT_MS, maxPoolSize: 2 });
    try {
      return await client.connect();
    } catch {
      await client.close();
      await delay(POLL_MS, undefined, { signal });
    }
  }
}

async function ensureMember(admin: mongo.Db, host: string): Promise<void> {
  const config = await currentConfig(admin);
  if (config === undefined) {
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members: [{ _id: 0, host }] } });
  } else if (config.host !== host) {
    const members = [{ _id: 0, host }];
    await admin.command({
      replSetReconfig: { ...config.document, version: config.version + 1, members },
      force: true,
    });
  }
}

async function currentConfig(
  admin: mongo.Db,
): Promise<{ document: mongo.Document; version: number; host: string } | undefined> {
  try {
    const { config } = configReply.parse(await admin.command({ replSetGetConfig: 1 }));
    return { document: config, version: config.version, host: config.members[0].host };
  } catch (error) {
    if (error instanceof mongo.MongoServerError && error.code === NOT_YET_INITIALIZED) return undefined;
    throw error;
  }
}
