/** What the libraries leave to be done on a document: mends it in place. */
export function finish(document: object): void {
  for (const parameter of parametersOf(document)) spellObjectsDeep(parameter);
  dropUnused(document);
}

/** An object in a query is written `name[key]=value`. */
function spellObjectsDeep(parameter: Record<string, unknown>): void {
  if (parameter['in'] !== 'query' || !isRecord(parameter['schema'])) return;
  if (parameter['schema']['type'] !== 'object') return;
  parameter['style'] = 'deepObject';
  parameter['explode'] = true;
}

function parametersOf(document: object): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  visit(document, (node) => {
    if (Array.isArray(node['parameters'])) found.push(...node['parameters'].filter(isRecord));
  });
  return found;
}

/** Each schema comes twice, as it is sent and as it is answered; those that no route reaches are left out. */
function dropUnused(document: object): void {
  if (!('components' in document) || !isRecord(document.components)) return;
  const { schemas } = document.components;
  if (!isRecord(schemas)) return;
  const used = new Set<string>();
  const follow = (root: unknown) =>
    visit(root, (node) => {
      const name = referenceIn(node);
      if (name === null || used.has(name)) return;
      used.add(name);
      follow(schemas[name]);
    });
  if ('paths' in document) follow(document.paths);
  document.components['schemas'] = Object.fromEntries(
    Object.entries(schemas).filter(([name]) => used.has(name)),
  );
}

function referenceIn(node: Record<string, unknown>): string | null {
  const reference = node['$ref'];
  const prefix = '#/components/schemas/';
  return typeof reference === 'string' && reference.startsWith(prefix)
    ? reference.slice(prefix.length)
    : null;
}

function visit(node: unknown, see: (node: Record<string, unknown>) => void): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, see);
  } else if (isRecord(node)) {
    see(node);
    for (const child of Object.values(node)) visit(child, see);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
