import mongoose, { type Connection } from 'mongoose';
import { ThreadrelayError } from '../core/errors.ts';
import { type Models, modelsOf } from './models.ts';
import { LIMITS } from '../core/limits.ts';
import { watchSessions } from './open-sessions.ts';

export type Database = {
  connection: Connection;
  models: Models;
  /** As `appNameOf` says. */
  appName: string;
  /** Resolves when the primary answers, rejects within seconds when it does not. */
  ping(): Promise<void>;
  /** Lets transactions that are under way end before. */
  close(): Promise<void>;
};

export type DatabaseOptions = {
  uri: string;
  /** Milliseconds an operation waits for a reachable primary before it fails as `store_unavailable`. */
  serverSelectionTimeoutMs?: number;
  /** Most connections to a server; a run needs one at a time, so 64 runs wait for no connection. */
  maxPoolSize?: number;
  monitorCommands?: boolean;
};

/** MongoDB versions before 6.0 are not supported: they are past their end of life. */
const OLDEST_MAJOR = 6;

/**
 * The driver looks each field's name up among those to leave undecoded, by default in `{}`: what that inherits made it
 * return a list named `toString` as bytes. A `false` of its own for each such name ends that (mongoose copies the
 * object, so one without a prototype does not arrive). `__proto__` is no name of metadata.
 */
const NO_FIELD_AS_RAW = Object.fromEntries(
  Object.getOwnPropertyNames(Object.prototype)
    .filter((name) => name !== '__proto__')
    .map((name) => [name, false]),
);

/**
 * Connects, checks that the server is recent enough and a replica set (transactions need one), and makes every declared
 * index. @throws ThreadrelayError `store_unavailable` or `invalid_configuration`, each with how to mend it.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const connection = mongoose.createConnection();
  try {
    const appName = appNameOf(new mongoose.mongo.MongoClient(options.uri).db().databaseName);
    await connection.openUri(options.uri, { ...connectionOptions(options), appName });
    const sessionsEnd = watchSessions(connection);
    await checkServer(connection);
    const models = modelsOf(connection);
    await prepareDatabase(models);
    return {
      connection,
      models,
      appName,
      async ping() {
        await connection.db?.command({ ping: 1 }, { signal: AbortSignal.timeout(LIMITS.mongodbPingMs) });
      },
      async close() {
        await sessionsEnd();
        await connection.close();
      },
    };
  } catch (thrown) {
    await connection.close().catch(() => undefined);
    if (thrown instanceof ThreadrelayError) throw thrown;
    throw new ThreadrelayError(
      'store_unavailable',
      'MongoDB cannot be reached. Check MONGODB_URI, or unset it to let threadrelay start its own.',
      { retryable: true, cause: thrown },
    );
  }
}

/** By it MongoDB tells the connections of this product to one database from all others. */
export function appNameOf(databaseName: string): string {
  return `threadrelay ${databaseName}`;
}

function connectionOptions(options: DatabaseOptions): mongoose.ConnectOptions {
  return {
    serverSelectionTimeoutMS: options.serverSelectionTimeoutMs ?? LIMITS.mongodbSelectionMs,
    maxPoolSize: options.maxPoolSize ?? LIMITS.mongodbConnections,
    connectTimeoutMS: LIMITS.mongodbSilenceMs,
    heartbeatFrequencyMS: LIMITS.mongodbMonitorMs,
    minPoolSize: 1,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'local' },
    // With buffering, writes of a lost store would pile up in memory and succeed at a time nobody waits for.
    bufferCommands: false,
    fieldsAsRaw: NO_FIELD_AS_RAW,
    monitorCommands: options.monitorCommands ?? false,
  };
}

async function checkServer(connection: Connection): Promise<void> {
  const admin = connection.db?.admin();
  if (admin === undefined) throw new ThreadrelayError('store_unavailable', 'MongoDB closed the connection.');
  const [build, hello] = await Promise.all([admin.command({ buildInfo: 1 }), admin.command({ hello: 1 })]);
  const version = String(build['version']);
  if (Number.parseInt(version, 10) < OLDEST_MAJOR) {
    throw new ThreadrelayError(
      'invalid_configuration',
      `MongoDB ${version} is too old: threadrelay needs ${OLDEST_MAJOR}.0 or later. Upgrade the server that MONGODB_URI names.`,
    );
  }
  const isSharded = hello['msg'] === 'isdbgrid';
  if (hello['setName'] === undefined && !isSharded) {
    throw new ThreadrelayError(
      'invalid_configuration',
      'MONGODB_URI names a standalone mongod, and transactions need a replica set. ' +
        'Start it with --replSet rs0 and run rs.initiate() once; one node is enough.',
    );
  }
}

/**
 * Makes every declared index and then reads back that each is there. @throws ThreadrelayError `store_unavailable` naming
 * the indexes that are missing: without its unique indexes the database cannot keep its promises, so nothing starts.
 */
export async function prepareDatabase(models: Models): Promise<void> {
  await Promise.all(
    Object.values(models).map(async (model) => {
      await model.createCollection().catch(ignoreExisting);
      const declared = model.schema.indexes();
      let failure: unknown;
      await model.createIndexes().catch((thrown: unknown) => {
        failure = thrown;
      });
      const present = new Set(
        (await model.collection.indexes()).map((index) => indexIdentity(index.key, index)),
      );
      const missing = declared
        .map(([key, options]) => indexIdentity(key, options ?? {}))
        .filter((identity) => !present.has(identity));
      if (missing.length > 0 || failure !== undefined) {
        throw new ThreadrelayError(
          'store_unavailable',
          `The collection "${model.collection.name}" lacks indexes that threadrelay relies on: ${missing.join('; ') || 'unknown'}. ` +
            'Remove what hinders them (duplicates, or an index of the same name) and start again.',
          { cause: failure },
        );
      }
    }),
  );
}

const NAMESPACE_EXISTS = 48;

function ignoreExisting(thrown: unknown): void {
  if (thrown instanceof mongoose.mongo.MongoServerError && thrown.code === NAMESPACE_EXISTS) return;
  throw thrown;
}

function indexIdentity(
  key: object,
  options: { unique?: unknown; partialFilterExpression?: unknown },
): string {
  const unique = options.unique === true ? ' unique' : '';
  const partial = options.partialFilterExpression;
  return `${JSON.stringify(key)}${unique}${partial === undefined ? '' : ` where ${JSON.stringify(partial)}`}`;
}
