import { type Logger as PinoLogger, pino, stdSerializers } from 'pino';
import pretty from 'pino-pretty';
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
  const values = secrets.map((secret) => secret.reveal()).filter((value) => value.length > 0);
  // As it stands, and as JSON writes it.
  const forms = values.flatMap((value) => [...new Set([JSON.stringify(value).slice(1, -1), value])]);
  const blotted = (line: string) => forms.reduce((text, form) => text.replaceAll(form, '[secret]'), line);
  const format = isTerminal
    ? pretty.prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' })
    : (line: string) => line;
  return pino(
    { level, base: null, serializers: { err: withoutRequest } },
    // Not a worker thread's transport: its memory would be a fifth of the service's.
    { write: (line) => write(format(blotted(line)) ?? '') },
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
  return Object.fromEntries(
    Object.entries(stdSerializers.err(thrown)).filter(([field]) => !REQUEST_FIELDS.has(field)),
  );
}
