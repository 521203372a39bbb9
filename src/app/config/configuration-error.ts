import { ThreadrelayError } from '../../core/errors.ts';

/** One fault, where it is, and how to mend it. Lines and columns start at 1. */
export interface ConfigurationFault {
  /** A file's name, or `environment`. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
  /** The variable's name, or the place in the file as `routes[0].to.assistant`. */
  readonly path: string;
  readonly message: string;
}

/** Thrown with every fault of a source at once; the message lists them, one a line, and holds no secret. */
export class ConfigurationError extends ThreadrelayError {
  readonly faults: readonly ConfigurationFault[];

  constructor(source: string, faults: readonly ConfigurationFault[]) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super('invalid_configuration', [`${source} has ${count}:`, ...faults.map(faultLine)].join('\n'), {
      details: { faults },
    });
    this.name = 'ConfigurationError';
    this.faults = faults;
  }
}

function faultLine({ file, line, column, path, message }: ConfigurationFault): string {
  const place = line === undefined ? '' : `${file}:${line}:${column ?? 1} `;
  return `  ${place}${path === '' ? '' : `${path}: `}${message}`;
}
