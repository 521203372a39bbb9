import { compileRoutes } from '../../core/routing/decide-route.ts';
import { compileExtractRules } from '../../core/routing/extract.ts';
import type { RuleFault } from '../../core/routing/route.ts';
import type { Config } from './config.ts';
import { ConfigurationError, type ConfigurationFault } from './configuration-error.ts';
import type { HasVariable } from './model-faults.ts';
import { checkReferences } from './reference-faults.ts';
import { checkSchema } from './schema-faults.ts';
import { priceFaults } from './to-budgets.ts';
import { toConfig, toExtractRules, toRoutes } from './to-config.ts';
import { parseYaml, type YamlSource } from './yaml-source.ts';

export interface ParseOptions {
  /** Names the text in faults. */
  readonly file: string;
  /** Workflows that routes may name; left out, they are not checked. */
  readonly workflows?: readonly string[];
  /** Whether the environment sets a variable; left out, keys of models are not checked. */
  readonly hasVariable?: HasVariable;
}

/**
 * Reads a configuration from YAML. Empty text gives the defaults.
 * @throws ConfigurationError with all faults, in the order of the file, each with line and column. Names and rules are
 *   checked once the shape is right.
 */
export function parseConfig(text: string, { file, workflows, hasVariable }: ParseOptions): Config {
  const source = parseYaml(text, file);
  failOn(source.faults, file);
  const { document, faults } = checkSchema(withoutEmptySections(source.value), source);
  failOn(faults, file);
  if (document === undefined) throw new TypeError('A document without faults must have been parsed.');
  const routes = compileRoutes(toRoutes(document.routes));
  const extract = compileExtractRules(toExtractRules(document.extract));
  failOn(
    [
      ...checkReferences(document, source, workflows, hasVariable),
      ...priceFaults(document, source),
      ...ruleFaults('routes', routes.faults, source),
      ...ruleFaults('extract', extract.faults, source),
    ],
    file,
  );
  return { ...toConfig(document), routes: routes.routes, extractRules: extract.rules };
}

/** The configuration of a service that has no file. */
export function defaultConfig(): Config {
  return parseConfig('', { file: 'defaults' });
}

function ruleFaults(
  section: string,
  faults: readonly RuleFault[],
  source: YamlSource,
): readonly ConfigurationFault[] {
  return faults.map(({ path, message }) => source.faultAt([section, ...path], message, 'key'));
}

/** A section whose content is commented out is left null by YAML, and counts as left out. */
function withoutEmptySections(value: unknown): unknown {
  if (value === null || value === undefined) return {};
  if (typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, section]) => section !== null));
}

function failOn(faults: readonly ConfigurationFault[], file: string): void {
  if (faults.length === 0) return;
  const position = (fault: ConfigurationFault) => (fault.line ?? 0) * 1e6 + (fault.column ?? 0);
  throw new ConfigurationError(
    file,
    faults.toSorted((a, b) => position(a) - position(b)),
  );
}
