import { environmentSchema } from './environment-schema.ts';
import { configJsonSchema, type JsonSchema } from './json-schema.ts';

/** The environment as a Markdown table. */
export function environmentTable(): string {
  const rows = Object.entries(environmentSchema.shape).map(([name, schema]) => {
    const { description = '', shownDefault, secret } = schema.meta() ?? {};
    const shown = typeof shownDefault === 'string' ? inCode(shownDefault) : '';
    return [`\`${name}\``, shown, `${description}${secret === true ? ' Secret.' : ''}`];
  });
  return table(['Variable', 'Default', 'Meaning'], rows);
}

/** The keys of the configuration file as Markdown: a table for each map with keys of its own; like maps share one. */
export function configTables(): string {
  const pathsByTable = new Map<string, string[]>();
  for (const { path, schema } of sectionsOf('', configJsonSchema())) {
    const text = keysTable(schema);
    pathsByTable.set(text, [...(pathsByTable.get(text) ?? []), headingOf(path, schema)]);
  }
  return Array.from(pathsByTable, ([text, paths]) => `### ${paths.join(', ')}\n\n${text}`).join('\n\n');
}

/** Maps that stand in one place are told apart by their provider. */
function headingOf(path: string, { properties }: JsonSchema): string {
  if (path === '') return 'The file';
  const provider = properties?.['provider']?.const;
  return `\`${path}\`${typeof provider === 'string' ? ` with \`provider: ${provider}\`` : ''}`;
}

function keysTable(schema: JsonSchema): string {
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties ?? {}).map(([key, property]) => [
    `\`${key}\`${required.has(key) ? ' (needed)' : ''}`,
    typeText(property),
    defaultText(property),
    property.description ?? '',
  ]);
  return table(['Key', 'Type', 'Default', 'Meaning'], rows);
}

/** A `.env` file with every variable commented out. */
export function dotenvExample(): string {
  const lines = Object.entries(environmentSchema.shape).flatMap(([name, schema]) => {
    const { description = '', shownDefault } = schema.meta() ?? {};
    const isLiteral = typeof shownDefault === 'string' && !shownDefault.includes(' ');
    return ['', `# ${description.replaceAll('`', '')}`, `#${name}=${isLiteral ? shownDefault : ''}`];
  });
  return [
    '# Copy to .env and take the # away from what you set. What the environment sets already goes before this file.',
    ...lines,
    '',
  ].join('\n');
}

type Section = { readonly path: string; readonly schema: JsonSchema };

function sectionsOf(path: string, schema: JsonSchema): readonly Section[] {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (alternatives.length > 0) return alternatives.flatMap((alternative) => sectionsOf(path, alternative));
  if (schema.items !== undefined) return sectionsOf(`${path}[]`, schema.items);
  const { properties, additionalProperties: values } = schema;
  if (properties === undefined) return typeof values === 'object' ? sectionsOf(`${path}.<name>`, values) : [];
  const inner = Object.entries(properties).flatMap(([key, property]) =>
    sectionsOf(path === '' ? key : `${path}.${key}`, property),
  );
  return [{ path, schema }, ...inner];
}

function typeText(schema: JsonSchema): string {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  if (alternatives.length > 0) return [...new Set(alternatives.map(typeText))].join(' or ');
  if (schema.const !== undefined) return valueText(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(valueText).join(', ');
  switch (schema.type) {
    case 'string':
      return 'text';
    case 'integer':
    case 'number':
      return `number${rangeText(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'list';
    case 'object':
      return 'map';
    default:
      return schema.type ?? 'any';
  }
}

function rangeText({ minimum, maximum }: JsonSchema): string {
  if (minimum === undefined || maximum === undefined) return '';
  return `, ${minimum.toLocaleString('en')} to ${maximum.toLocaleString('en')}`;
}

/** Defaults that are maps or lists are told by the description. */
function defaultText({ default: value }: JsonSchema): string {
  if (value === undefined || value === '' || typeof value === 'object') return '';
  return valueText(value);
}

function valueText(value: unknown): string {
  return inCode(typeof value === 'string' ? value : JSON.stringify(value));
}

function inCode(text: string): string {
  return text.includes(' ') ? text : `\`${text}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
