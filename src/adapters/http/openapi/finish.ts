type Node = Record<string, unknown>;

const SCHEMAS = '#/components/schemas/';

/** What the libraries leave to be done on a document: mends it in place. */
export function finish(document: object): void {
  const schemas = schemasOf(document);
  for (const schema of Object.values(schemas)) showExample(schema);
  visit(document, (node) => {
    if (Array.isArray(node['parameters'])) for (const each of node['parameters']) spellObjectsDeep(each);
    if (isNode(node['requestBody'])) letBodyBeLeftOut(node['requestBody'], schemas);
  });
  dropUnused(document, schemas);
}

function schemasOf(document: object): Node {
  if (!('components' in document) || !isNode(document.components)) return {};
  const { schemas } = document.components;
  return isNode(schemas) ? schemas : {};
}

/** The schemas of bodies say `example`, as zod drops the `examples` of whatever it transforms. */
function showExample(schema: unknown): void {
  if (!isNode(schema) || !('example' in schema)) return;
  schema['examples'] = [schema['example']];
  delete schema['example'];
}

/** An object in a query is written `name[key]=value`. */
function spellObjectsDeep(parameter: unknown): void {
  if (!isNode(parameter) || parameter['in'] !== 'query' || !isNode(parameter['schema'])) return;
  if (parameter['schema']['type'] !== 'object') return;
  parameter['style'] = 'deepObject';
  parameter['explode'] = true;
}

/** A body with a default need not be sent. */
function letBodyBeLeftOut(body: Node, schemas: Node): void {
  visit(body, (node) => {
    const name = referenceIn(node);
    const schema = name === null ? null : schemas[name];
    if (isNode(schema) && 'default' in schema) body['required'] = false;
  });
}

/** Each schema comes twice, as it is sent and as it is answered; those that no route reaches are left out. */
function dropUnused(document: object, schemas: Node): void {
  const used = new Set<string>();
  const follow = (root: unknown) =>
    visit(root, (node) => {
      const name = referenceIn(node);
      if (name === null || used.has(name)) return;
      used.add(name);
      follow(schemas[name]);
    });
  if ('paths' in document) follow(document.paths);
  for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
}

function referenceIn(node: Node): string | null {
  const reference = node['$ref'];
  return typeof reference === 'string' && reference.startsWith(SCHEMAS)
    ? reference.slice(SCHEMAS.length)
    : null;
}

function visit(node: unknown, see: (node: Node) => void): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, see);
  } else if (isNode(node)) {
    see(node);
    for (const child of Object.values(node)) visit(child, see);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
