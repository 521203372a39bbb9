import type { Dice } from './dice.ts';
import { pathOf, queryOf } from './hostile-addresses.ts';
import { bodyOf, MIB } from './hostile-bodies.ts';
import { hostileHeader } from './hostile-headers.ts';
import type { Described, Operation } from './operations.ts';

/** What is there, so that not every request fails at the first id in it. */
export type Pool = {
  threads: readonly { threadId: string; runId: string }[];
  assistants: readonly string[];
  /** Secrets with the scope `write`, first the one that is used mostly. */
  keys: readonly string[];
};

export type HostileRequest = {
  operation: Operation;
  /** As it is sent. */
  bytes: Buffer;
  /** Its address, method or a header is none that the route has to see. */
  isMangled: boolean;
  /** Larger than what is read, so that the connection may be reset before its answer was read. */
  isOversized: boolean;
  hasBody: boolean;
};

const METHODS = ['PUT', 'OPTIONS', 'TRACE', 'BREW', 'PATCH', 'DELETE', 'post'];

/** What of a request is hostile: the rest is mostly as it should be, so that it gets as far as that. */
const AIMS = ['address', 'head', 'body', 'body', 'all'] as const;

/** Hostile requests to the routes of a document, the same for the same dice. */
export function hostileRequest(described: Described, pool: Pool, dice: Dice): HostileRequest {
  const operation = dice.pick(described.operations);
  const known = dice.pick(pool.threads);
  const idOf = (name: string): unknown => {
    if (name === 'thread_id') return known.threadId;
    if (name === 'run_id') return known.runId;
    if (name === 'assistant_id' || name === 'graph_id') return dice.pick(pool.assistants);
    return name === 'checkpoint_id' ? '000000000001' : undefined;
  };
  const aim = dice.pick(AIMS);
  const isAimedAt = (what: (typeof AIMS)[number]) => aim === what || aim === 'all';
  const hasBody = operation.body !== null || dice.chance(0.03);
  const path = pathOf(operation, idOf, isAimedAt('address'), dice);
  const query = queryOf(operation, described, isAimedAt('address'), dice);
  const body = hasBody ? bodyOf(operation, described, idOf, isAimedAt('body'), dice) : null;
  const head = headOf(operation, pool, isAimedAt('head'), dice);
  const lines = [
    `${head.method} ${path.text}${query} ${head.version}`,
    ...head.lines,
    ...(body === null || head.lines.some(isAboutBody) ? [] : ['Content-Type: application/json']),
    ...(body === null || head.lines.some(isAboutLength) ? [] : [`Content-Length: ${body.length}`]),
    ...(head.lines.some(isAboutConnection) ? [] : ['Connection: close']),
  ];
  return {
    operation,
    bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)]),
    isMangled: path.isMangled || head.isMangled,
    isOversized: (body?.length ?? 0) > MIB,
    hasBody,
  };
}

const isAboutBody = (line: string) => /^content-type/i.test(line);
const isAboutLength = (line: string) => /^(content-length|transfer-encoding)/i.test(line);
const isAboutConnection = (line: string) => /^connection/im.test(line);

function headOf({ method }: Operation, { keys }: Pool, isAimedAt: boolean, dice: Dice) {
  const [good = ''] = keys;
  if (!isAimedAt) {
    return { method, version: 'HTTP/1.1', lines: ['Host: api', `x-api-key: ${good}`], isMangled: false };
  }
  const version = dice.chance(0.05) ? dice.pick(['HTTP/1.0', 'HTTP/9.9', 'HTP/1.1']) : 'HTTP/1.1';
  return {
    method: dice.chance(0.1) ? dice.pick(METHODS) : method,
    version,
    lines: [
      ...(dice.chance(0.05) ? [] : ['Host: api']),
      ...(dice.chance(0.1) ? [] : [`x-api-key: ${dice.chance(0.8) ? good : dice.pick(keys)}`]),
      ...(dice.chance(0.8) ? [hostileHeader(dice)] : []),
    ],
    isMangled: true,
  };
}
