import { type Logger as PinoLogger, pino, stdSerializers } from 'pino';
import pretty from 'pino-pretty';
import { createBlot } from './blot.ts';
import type { Secret } from './config/secret.ts';

export type LoggingOptions = {
  level: string;
  /** Pretty lines for a person instead of JSON. */
  isTerminal: boolean;
  /** Values that never appear in a line, wherever they come from. */
  secrets: readonly Secret[];
  write: (line: string) => void;
};

/** The root logger: JSON lines, pretty on a terminal, with every known secret blotted out. */
export function createRootLogger({ level, isTerminal, secrets, write }: LoggingOptions): PinoLogger {
  const blot = createBlot(secrets);
  const format = isTerminal
    ? pretty.prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' })
    : (line: string) => line;
  return pino(
    { level, base: null, serializers: { err: withoutRequest } },
    // Not a worker thread's transport: its memory would be a fifth of the service's.
    { write: (line) => write(format(blot(line)) ?? '') },
  );
}

/** Where libraries hang the request and its answer, with headers and bodies, on an error. */
const REQUEST_FIELDS = new Set([
  'config',
  'request',
  'requestBody',
  'rawError',
  'response',
  'headers',
  'options',
]);

function withoutRequest(thrown: unknown): unknown {
  if (!(thrown instanceof Error)) return thrown;
  const fields = Object.entries(stdSerializers.err(thrown)).filter(([field]) => !REQUEST_FIELDS.has(field));
  return Object.fromEntries(
    fields.map(([field, value]) => [field, isCommand(field, value) ? value.name : value]),
  );
}

/** An error of Redis holds its command with all arguments, as passwords and people's texts. */
function isCommand(field: string, value: unknown): value is { name: unknown } {
  return field === 'command' && typeof value === 'object' && value !== null && 'name' in value;
}
