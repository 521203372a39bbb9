import { type Logger as PinoLogger, pino, stdSerializers } from 'pino';
import { createBlot } from './blot.ts';
import type { Secret } from './config/secret.ts';

export type LoggingOptions = {
  level: string;
  /** Makes of a line of JSON what is written; left out, it is written as it is. */
  format?: (line: string) => string | undefined;
  /** Values that never appear in a line, wherever they come from. */
  secrets: readonly Secret[];
  write: (line: string) => void;
};

/** The root logger: JSON lines, or what `format` makes of them, with every known secret blotted out. */
export function createRootLogger({
  level,
  format = (line) => line,
  secrets,
  write,
}: LoggingOptions): PinoLogger {
  const blot = createBlot(secrets);
  return pino(
    { level, base: null, serializers: { err: withoutRequest } },
    // Not a worker thread's transport: its memory would be a fifth of the service's.
    { write: (line) => write(format(blot(line)) ?? '') },
  );
}

/** How a line of JSON is shown to a person at a terminal. Its library is loaded for them alone. */
export async function prettyFormat(): Promise<(line: string) => string | undefined> {
  const { prettyFactory } = await import('pino-pretty');
  return prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' });
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
