import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from 'yaml';
import { FORBIDDEN_KEYS } from '../../core/routing/field-path.ts';
import type { ConfigurationFault } from './configuration-error.ts';

export type DocumentPath = readonly (string | number)[];

/** A parsed YAML file that can say where each of its values stands. */
export interface YamlSource {
  readonly value: unknown;
  /** Faults of syntax; with any, `value` is not to be used. */
  readonly faults: readonly ConfigurationFault[];
  /** A fault at a value, or at the key before it; what is missing is placed at what should hold it. */
  faultAt(path: DocumentPath, message: string, at?: 'key' | 'value'): ConfigurationFault;
}

/** Aliases may repeat this many nodes: beyond it a small file grows into gigabytes. */
const MAX_ALIASES = 100;

/** Parses YAML 1.2. Never throws. */
export function parseYaml(text: string, file: string): YamlSource {
  const lineCounter = new LineCounter();
  const document = parse(text, lineCounter);
  const fault = (offset: number, path: DocumentPath, message: string): ConfigurationFault => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col, path: pathText(path), message };
  };
  const problems =
    document === undefined ? [TOO_DEEP] : [...syntaxProblems(document), ...nodeProblems(document)];
  const faults = problems.map(({ offset, message }) => fault(offset, [], message));
  let value: unknown;
  try {
    value = faults.length === 0 ? document?.toJS({ maxAliasCount: MAX_ALIASES }) : undefined;
  } catch {
    faults.push(fault(0, [], 'repeats too much through aliases.'));
  }
  return {
    value,
    faults,
    faultAt: (path, message, at = 'value') =>
      fault(document === undefined ? 0 : offsetOf(document, path, at), path, message),
  };
}

type Problem = { readonly offset: number; readonly message: string };

/** Nodes around a node (a map counts twice, with its pair): it keeps what walks the values off the stack's end. */
const MAX_ANCESTORS = 100;
const TOO_DEEP: Problem = { offset: 0, message: 'is nested too deep' };

/** Undefined when the nesting is too deep even for the parser. */
function parse(text: string, lineCounter: LineCounter): Document.Parsed | undefined {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, stringKeys: true });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function syntaxProblems(document: Document.Parsed): readonly Problem[] {
  return [...document.errors, ...document.warnings].map((error) => ({
    offset: error.pos[0],
    message: `is not valid YAML: ${error.message}`,
  }));
}

function nodeProblems(document: Document.Parsed): readonly Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Collection(_, { range }, ancestors) {
      if (ancestors.length <= MAX_ANCESTORS) return undefined;
      problems.push({ ...TOO_DEEP, offset: range?.[0] ?? 0 });
      return visit.BREAK;
    },
    Pair(_, { key }) {
      if (isScalar(key) && FORBIDDEN_KEYS.has(String(key.value)))
        problems.push({
          offset: key.range?.[0] ?? 0,
          message: `The key "${String(key.value)}" is forbidden.`,
        });
    },
  });
  return problems;
}

function offsetOf(document: Document, path: DocumentPath, at: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0;
  for (const [depth, segment] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document);
    const isLast = depth === path.length - 1;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(segment));
      if (pair === undefined) return offset;
      const hasValue = isNode(pair.value) && !(isScalar(pair.value) && pair.value.value === null);
      const target = (isLast && at === 'key') || !hasValue ? pair.key : pair.value;
      if (isNode(target)) offset = target.range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(segment)];
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** `routes[0].to.assistant`; a key with dots, as predicates have, stands in quotes. */
function pathText(path: DocumentPath): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    if (!/^[\w$-]+$/.test(segment)) return `${text}["${segment}"]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
}
