import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { createJsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { finish } from './finish.ts';
import { INTRODUCTION, TAGS } from './introduction.ts';

type Transform = NonNullable<FastifyDynamicSwaggerOptions['transform']>;
type TransformObject = NonNullable<FastifyDynamicSwaggerOptions['transformObject']>;

const transformSchema = createJsonSchemaTransform({ skipList: [] });

/** The library's transformation loses the examples of answers; they are put back. */
const transform: Transform = (route) => {
  const transformed = transformSchema(route);
  const { response } = transformed.schema;
  if (isRecord(response)) {
    for (const [status, given] of Object.entries(responsesOf(route.schema)))
      copyExamples(given, response[status]);
  }
  return transformed;
};

function responsesOf(schema: unknown): Record<string, unknown> {
  return isRecord(schema) && isRecord(schema['response']) ? schema['response'] : {};
}

function copyExamples(given: unknown, made: unknown): void {
  if (!isRecord(given) || !isRecord(made) || !isRecord(given['content']) || !isRecord(made['content']))
    return;
  for (const [type, media] of Object.entries(given['content'])) {
    const target = made['content'][type];
    if (isRecord(media) && isRecord(target) && 'example' in media) target['example'] = media['example'];
  }
}

const transformObject: TransformObject = (document) => {
  const whole = jsonSchemaTransformObject(document);
  finish(whole);
  return whole;
};

/** Writes down every route that is registered after it. */
export async function describeRoutes(server: FastifyInstance, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.1',
      info: {
        title: 'threadrelay',
        version,
        description: INTRODUCTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      // Relative to the document, so that it holds behind a prefix too.
      servers: [{ url: './' }],
      tags: TAGS,
      security: [{ bearer: [] }, { apiKey: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: '`Authorization: Bearer KEY`' },
          apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: '`x-api-key: KEY`' },
        },
      },
    },
    stripBasePath: false,
    transform,
    transformObject,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
