import type { Dice } from './dice.ts';
import { hostileHeader } from './hostile-headers.ts';
import { HOSTILE_TEXTS, hostileText, hostileValue, spoil, toJson } from './hostile-values.ts';
import { type Described, type Operation, type Parameter, sample } from './operations.ts';

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

const PATH_PARTS: readonly string[] = [
  '%00',
  '%',
  '%ff',
  '%zz',
  '%ED%A0%80',
  '..',
  '.',
  '%2e%2e',
  'a%2Fb',
  'a b',
  '\xff\xfe',
  '*',
  ':thread_id',
  '0',
  '000000000000000000000',
  '00000000-0000-0000-0000-000000000000',
  'x'.repeat(700),
];

const QUERIES: readonly string[] = [
  'limit[$gt]=',
  'metadata[$where]=1',
  'metadata[a.b]=1',
  'metadata[__proto__]=1',
  'metadata[a]=1&metadata[a]=2',
  'metadata=1&metadata[a]=2',
  '__proto__[x]=1',
  'cursor=%ff',
  'cursor=OTk5OTk5OTk5OTk5OTk5OTk5IHg',
  'cursor=MTcwMDAwMDAwMDAwMCB7IiRndCI6IiJ9',
  'limit=1&limit=2',
  'limit=1e3',
  'a=%',
  'x=%00',
  '[]=1&][=2',
  '&&&==&',
  'stream_mode=["values"',
  'stream_mode=values&stream_mode=debug',
  'select=["status",1]',
  'wait=2&action=destroy',
  Array.from({ length: 500 }, (_, n) => `q${n}=1`).join('&'),
];

const METHODS = ['PUT', 'OPTIONS', 'TRACE', 'BREW', 'PATCH', 'DELETE', 'post'];

const MIB = 1024 * 1024;

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
  const path = pathOf(operation, idOf, dice);
  const query = queryOf(operation, described, dice);
  const method = dice.chance(0.03) ? dice.pick(METHODS) : operation.method;
  const body = operation.body !== null || dice.chance(0.03) ? bodyOf(operation, described, idOf, dice) : null;
  const headers = dice.chance(0.3) ? [hostileHeader(dice)] : [];
  const version = dice.chance(0.01) ? dice.pick(['HTTP/1.0', 'HTTP/9.9', 'HTP/1.1']) : 'HTTP/1.1';
  const host = dice.chance(0.01) ? [] : ['Host: api'];
  const lines = [
    `${method} ${path.text}${query} ${version}`,
    ...host,
    ...(dice.chance(0.97) ? [`x-api-key: ${dice.chance(0.9) ? pool.keys[0] : dice.pick(pool.keys)}`] : []),
    ...headers,
    ...(body === null || headers.some(isAboutBody) ? [] : ['Content-Type: application/json']),
    ...(body === null || headers.some(isAboutLength) ? [] : [`Content-Length: ${body.length}`]),
    ...(headers.some((line) => /^connection/im.test(line)) ? [] : ['Connection: close']),
  ];
  return {
    operation,
    bytes: Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body ?? Buffer.alloc(0)]),
    isMangled:
      path.isMangled ||
      method !== operation.method ||
      headers.length > 0 ||
      host.length === 0 ||
      version !== 'HTTP/1.1',
    isOversized: (body?.length ?? 0) > MIB,
    hasBody: body !== null,
  };
}

const isAboutBody = (line: string) => /^content-type/i.test(line);
const isAboutLength = (line: string) => /^(content-length|transfer-encoding)/i.test(line);

function pathOf(
  { path, parameters }: Operation,
  idOf: (name: string) => unknown,
  dice: Dice,
): { text: string; isMangled: boolean } {
  let isMangled = false;
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (dice.chance(0.75) && parameters.some((parameter) => parameter.name === name))
      return String(idOf(name));
    isMangled = true;
    return dice.chance(0.5) ? dice.pick(PATH_PARTS) : encoded(hostileText(dice));
  });
  return { text: dice.chance(0.2) ? `${filled}/` : filled, isMangled };
}

/** Short enough for a request line, and without what has no encoding. */
function encoded(text: string): string {
  return encodeURIComponent(text.slice(0, 1_000).toWellFormed()) || 'x';
}

function queryOf({ parameters }: Operation, described: Described, dice: Dice): string {
  const parts = parameters
    .filter((parameter) => parameter.in === 'query' && dice.chance(0.4))
    .map((parameter) => parameterOf(parameter, described, dice));
  if (dice.chance(0.2)) parts.push(dice.pick(QUERIES));
  if (dice.chance(0.05)) parts.push(`${encoded(hostileText(dice))}=${encoded(hostileText(dice))}`);
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

function parameterOf({ name, schema, example }: Parameter, described: Described, dice: Dice): string {
  if (dice.chance(0.5)) return `${name}=${encoded(dice.pick(HOSTILE_TEXTS))}`;
  const fillings = { known: () => undefined, anything: () => hostileText(dice) };
  const value = example ?? sample(schema, described, fillings, dice);
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .map(([key, item]) => `${name}[${encoded(key)}]=${encoded(String(item))}`)
      .join('&');
  }
  return `${name}=${encoded(String(value))}`;
}

function bodyOf(
  { body: schema }: Operation,
  described: Described,
  idOf: (name: string) => unknown,
  dice: Dice,
): Buffer {
  const fillings = {
    known: idOf,
    anything: () => (dice.chance(0.3) ? hostileValue(dice) : 'gold'),
  };
  let value = schema === null ? {} : sample(schema, described, fillings, dice);
  for (let spoiled = dice.pick([0, 1, 1, 1, 2, 3]); spoiled > 0; spoiled -= 1) value = spoil(value, dice);
  const text = toJson(value);
  if (dice.chance(0.85)) return Buffer.from(text);
  const bytes = Buffer.from(text);
  return dice.pick<() => Buffer>([
    () => bytes.subarray(0, dice.below(bytes.length)),
    () => Buffer.from(`\uFEFF${text}`),
    () => Buffer.from(`${text},`),
    () => Buffer.from(`${text} // a comment`),
    () => Buffer.from('{"metadata":NaN}'),
    () => Buffer.from('limit=1&offset=2'),
    () => Buffer.from('[[[['.repeat(50_000)),
    () => Buffer.from(`{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`),
    () => Buffer.concat([bytes, Buffer.from([0])]),
    () => withByte(bytes, dice.pick([0x00, 0x80, 0xc3, 0xff, 0xed]), dice),
    () => Buffer.from(JSON.stringify({ metadata: { a: 'x'.repeat(dice.pick([300_000, MIB])) } })),
    () => Buffer.from(JSON.stringify(hostileText(dice))),
  ])();
}

function withByte(bytes: Buffer, byte: number, dice: Dice): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[dice.below(copy.length)] = byte;
  return copy;
}
