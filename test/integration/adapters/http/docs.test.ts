import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiService, startApiService } from '../../../fixtures/api-service.ts';

type Media = { schema?: Schema; example?: unknown; examples?: unknown };
type Schema = {
  $ref?: string;
  examples?: unknown[];
  items?: Schema;
  type?: string;
  properties?: Record<string, Schema>;
};
type Operation = {
  operationId?: string;
  summary?: string;
  tags?: string[];
  security?: unknown[];
  parameters?: { name: string; in: string; style?: string; required?: boolean }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { description: string; content?: Record<string, Media> }>;
};
type Document = {
  openapi: string;
  info: { description: string; version: string };
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};

let api: ApiService;
let document: Document;
let operations: { name: string; method: string; path: string; operation: Operation }[];

beforeAll(async () => {
  api = await startApiService({ workers: 0 });
  document = (await api.call('GET', '/openapi.json', { key: null })).body;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      name: `${method} ${path}`,
      method,
      path,
      operation,
    })),
  );
});

afterAll(() => api.close());

function hasExample({ schema, example, examples }: Media): boolean {
  if (example !== undefined || examples !== undefined) return true;
  if (schema === undefined) return false;
  if ((schema.examples?.length ?? 0) > 0) return true;
  if (schema.items !== undefined) return hasExample({ schema: schema.items });
  const name = schema.$ref?.split('/').at(-1);
  const target = name === undefined ? undefined : document.components.schemas[name];
  return target !== undefined && hasExample({ schema: target });
}

function isDocumentation(url: string): boolean {
  return url === '/openapi.json' || url === '/docs' || url.startsWith('/docs/');
}

describe('/openapi.json', () => {
  test('is a valid document of OpenAPI 3.1', async () => {
    const validator = new Validator();

    const { valid, errors } = await validator.validate(structuredClone(document));

    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe('3.1');
    expect(document.info.version).toBe('0.0.0-test');
  });

  test('tells of each route: a summary, a section, a name of its own', () => {
    const sections = document.tags.map(({ name }) => name);
    for (const { name, operation } of operations) {
      expect(operation.summary, name).toMatch(/^[A-Z].*[^.]$/);
      expect(operation.tags, name).toHaveLength(1);
      expect(sections, name).toContain(operation.tags?.[0]);
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).not.toContain(undefined);
  });

  test('shows an example of each body and each answer', () => {
    const missing = operations.flatMap(({ name, operation }) => [
      ...Object.values(operation.requestBody?.content ?? {}).flatMap((media) =>
        hasExample(media) ? [] : `${name}: body`,
      ),
      ...Object.entries(operation.responses).flatMap(([status, { content = {} }]) =>
        Object.values(content).flatMap((media) => (hasExample(media) ? [] : `${name}: ${status}`)),
      ),
    ]);

    expect(missing).toEqual([]);
  });

  test('describes each answer, and each error that a route has', () => {
    for (const { name, operation, path, method } of operations) {
      for (const [status, { description }] of Object.entries(operation.responses)) {
        expect(description, `${name}: ${status}`).not.toMatch(/^(Default Response)?$/);
      }
      if (operation.security !== undefined) continue;
      const statuses = Object.keys(operation.responses);
      expect(statuses, name).toEqual(expect.arrayContaining(['400', '401', '403', '422', '429', '503']));
      if (path.includes('{')) expect(statuses, name).toContain('404');
      if (operation.requestBody !== undefined)
        expect(statuses, name).toEqual(expect.arrayContaining(['413', '415']));
      if (method === 'post') expect(operation.requestBody ?? operation.parameters, name).toBeDefined();
    }
  });

  test('holds every route that is registered, and no other', async () => {
    const registered: string[] = [];
    const watched = await startApiService({
      workers: 0,
      onRoute: ({ method, url }) => {
        for (const each of [method].flat()) {
          if (each !== 'HEAD' && each !== 'OPTIONS' && !isDocumentation(url)) {
            registered.push(`${each.toLowerCase()} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
          }
        }
      },
    });
    await watched.close();

    expect(operations.map(({ name }) => name).toSorted()).toEqual(registered.toSorted());
  });

  test('describes parameters as they are sent', () => {
    const list = document.paths['/threads']?.['get'];
    const filter = list?.parameters?.find(({ name }) => name === 'metadata');
    expect(filter).toMatchObject({ in: 'query', style: 'deepObject', explode: true });
    const make = document.paths['/threads']?.['post'];
    expect(make?.parameters).toEqual([expect.objectContaining({ in: 'header', name: 'idempotency-key' })]);
  });

  test('has no schema that nothing uses, and none that is missing', () => {
    const text = JSON.stringify(document);
    for (const name of Object.keys(document.components.schemas)) {
      expect(text, name).toContain(`"#/components/schemas/${name}"`);
    }
    for (const [, name] of text.matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });

  test('lists every code of an error', () => {
    for (const code of [
      'invalid_input',
      'not_found',
      'conflict',
      'rate_limited',
      'too_large',
      'unauthorized',
    ]) {
      expect(document.info.description).toContain(`\`${code}\``);
    }
    expect(document.info.description).not.toContain('stale_attempt');
  });
});

describe('/docs', () => {
  test('is made of this server alone, so that it works without the internet', async () => {
    for (const path of ['/docs', '/docs/']) {
      const { status, text, headers } = await api.call('GET', path, { key: null });
      expect(status).toBe(200);
      expect(headers.get('content-type')).toContain('text/html');
      expect(text).not.toMatch(/https?:\/\//);
      const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
      expect(links.length).toBeGreaterThan(4);
      for (const link of links) {
        const asset = await fetch(new URL(link, `${api.url}${path}`));
        expect(asset.status, link).toBe(200);
        await asset.arrayBuffer();
      }
    }
  });

  test('lands on the section that its address names, as /docs#Threads', async () => {
    const { text } = await api.call('GET', '/docs/static/swagger-initializer.js', { key: null });

    // The page reads `#Threads` and `#/Threads` alike when this is on: it shows that section and scrolls to it.
    expect(text).toMatch(/"?deepLinking"?: ?true/);
    expect(text).not.toMatch(/"?deepLinking"?: ?false/);
    const sections = document.tags.map(({ name }) => name);
    expect(sections).toContain('Threads');
    const used = new Set(operations.flatMap(({ operation }) => operation.tags ?? []));
    expect([...used].toSorted()).toEqual(sections.toSorted());
  });

  test('may load nothing from elsewhere, and runs no script that is not its own', async () => {
    const { headers } = await api.call('GET', '/docs', { key: null });

    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toContain('http');
  });

  test('shows the document, and sends what is tried to this server behind whatever prefix', async () => {
    const { body } = await api.call('GET', '/docs/json', { key: null });

    expect(body.paths).toEqual(document.paths);
    const server = new URL(body.servers[0].url, 'https://example.com/prefix/docs/json').href;
    expect(server).toBe('https://example.com/prefix/');
  });
});
