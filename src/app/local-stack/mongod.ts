import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Address, chooseAddress } from './address.ts';
import { waitForEarlierRun } from './earlier-run.ts';
import type { FoundBinary } from './find-binary.ts';
import { ensureReplicaSet, REPLICA_SET } from './replica-set.ts';
import { startUntilReady } from './start-until-ready.ts';
import type { SupervisedProcess } from './supervise.ts';
import type { Transport } from './stores.ts';

/** Tells other commands on the same data folder where its mongod listens. */
const URI_FILE = 'mongod.uri';

/** A mongod that runs as a replica set of one and takes writes. */
export interface RunningMongod {
  readonly uri: string;
  readonly process: SupervisedProcess;
}

/**
 * Starts mongod on the data folder's `mongodb` and resolves when it takes writes. Rejects with StoreSetupError
 * and the end of its log when it does not come up.
 */
export async function startMongod(
  binary: FoundBinary,
  context: {
    readonly dataDir: string;
    readonly searchPath: string;
    readonly signal?: AbortSignal | undefined;
    readonly transport?: Transport | undefined;
  },
): Promise<RunningMongod> {
  const pidPath = join(context.dataDir, 'mongod.pid');
  await waitForEarlierRun(pidPath, ['mongod'], context.signal);
  const address = await chooseAddress(context.dataDir, 'mongod.sock', context.transport);
  const uri = mongodbUri(address);
  const uriPath = join(context.dataDir, URI_FILE);
  await rm(uriPath, { force: true });
  const process = await startUntilReady({
    title: 'MongoDB',
    file: binary.path,
    args: mongodArguments(address, join(context.dataDir, 'mongodb'), pidPath),
    logPath: join(context.dataDir, 'mongod.log'),
    searchPath: context.searchPath,
    signal: context.signal,
    ready: (signal) => ensureReplicaSet(uri, memberHost(address), signal),
  });
  await writeFile(uriPath, uri, { mode: 0o600 });
  return { uri, process };
}

/** The URI of the mongod that a running service has started in the data folder; null while it is not ready. */
export async function runningMongodUri(dataDir: string): Promise<string | null> {
  return readFile(join(dataDir, URI_FILE), 'utf8').catch(() => null);
}

/** The URI of a mongod that is a replica set of one: a direct connection needs no look at its member list. */
export function mongodbUri(address: Address): string {
  return `mongodb://${encodeURIComponent(memberHost(address)).replaceAll('%3A', ':')}/?directConnection=true`;
}

/** The address as the replica set's member list has it. */
export function memberHost(address: Address): string {
  return address.transport === 'socket' ? address.path : `${address.host}:${address.port}`;
}

/** Arguments for a small server: journal on, cache and oplog bounded, no statistics collected in the background. */
export function mongodArguments(address: Address, dbPath: string, pidPath: string): string[] {
  const listen =
    address.transport === 'socket'
      ? ['--bind_ip', address.path, '--filePermissions', '0700']
      : ['--bind_ip', address.host, '--port', String(address.port), '--nounixsocket'];
  return [
    ...listen,
    '--replSet',
    REPLICA_SET,
    '--dbpath',
    dbPath,
    '--pidfilepath',
    pidPath,
    '--wiredTigerCacheSizeGB',
    '0.25',
    '--oplogSize',
    '256',
    '--quiet',
    '--setParameter',
    'diagnosticDataCollectionEnabled=false',
    // A set of one has nobody to hand over to before it ends.
    '--setParameter',
    'shutdownTimeoutMillisForSignaledShutdown=0',
  ];
}
