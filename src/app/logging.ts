import { pino, type Logger as PinoLogger } from 'pino';
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
  const blotted = (line: string) => values.reduce((text, value) => text.replaceAll(value, '[secret]'), line);
  const format = isTerminal
    ? pretty.prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid,hostname' })
    : (line: string) => line;
  return pino(
    { level, base: null },
    // Not a worker thread's transport: its memory would be a fifth of the service's.
    { write: (line) => write(format(blotted(line)) ?? '') },
  );
}
