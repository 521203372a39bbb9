import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { refusal } from './describe-issue.ts';

/** What a schema refuses is answered with the field at fault; what it gives is what the route reads. */
const validate: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const part = httpPart === 'querystring' ? 'query' : (httpPart ?? 'request');
  return (data: unknown) => {
    // The library reads an absent body as null.
    const result = schema.safeParse(data ?? undefined);
    return result.success ? { value: result.data } : { error: refusal(result.error, part) };
  };
};

/** Answers come from presenters, whose types are the schemas': checking each again would cost and help nobody. */
const serialize = () => (data: unknown) => JSON.stringify(data);

export function useSchemas(scope: FastifyInstance): void {
  scope.setValidatorCompiler(validate);
  scope.setSerializerCompiler(serialize);
}

function compileNothing(): never {
  throw new Error('A route was added before useSchemas.');
}

/** In place of the library's own compilers of JSON Schema, which take megabytes as soon as they are loaded. */
export const NO_COMPILERS = {
  compilersFactory: { buildValidator: () => compileNothing, buildSerializer: () => compileNothing },
};
