/** What is needed to find and judge the binary of one kind of store. */
export interface BinaryKind {
  /** Name for people. */
  readonly title: 'MongoDB' | 'Redis';
  /** Names looked for on PATH, the preferred one first. */
  readonly executables: readonly string[];
  readonly leastVersion: string;
  /** The variable by which a person names a binary. */
  readonly variable: string;
  /** The variable by which a person names a running server. */
  readonly uriVariable: string;
  /** How a package manager has it. */
  readonly packageHint: string;
}

/** 6.0 is the first with everything the store uses (transactions, partial unique indexes with `$in`). */
export const mongodKind: BinaryKind = {
  title: 'MongoDB',
  executables: ['mongod'],
  leastVersion: '6.0',
  variable: 'THREADRELAY_MONGOD',
  uriVariable: 'MONGODB_URI',
  packageHint: 'install MongoDB 6.0 or later (packages: mongodb-org, on macOS brew mongodb-community)',
};

/** 6.2 is the first that BullMQ supports in full. */
export const redisServerKind: BinaryKind = {
  title: 'Redis',
  executables: ['redis-server', 'valkey-server'],
  leastVersion: '6.2',
  variable: 'THREADRELAY_REDIS_SERVER',
  uriVariable: 'REDIS_URL',
  packageHint: 'install Redis 6.2 or later or Valkey (packages: redis-server or valkey, on macOS brew redis)',
};
