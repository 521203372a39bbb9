import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { factOf, MOST_MEMORIES, parseSubject, subjectKey } from '../../../core/memory/memory.ts';
import { ThreadrelayError } from '../../../core/errors.ts';
import type { ApiParts } from '../api-parts.ts';
import { keyOf } from '../auth.ts';
import { invalid, notFound } from '../errors.ts';
import { once, sendKept } from '../idempotency.ts';
import { presentMemory } from '../present/memory.ts';
import { answer } from '../schemas/answer.ts';
import { errorResponses } from '../schemas/error.ts';
import { erased, memory, memoryParams, newMemory, patchMemory, subjectQuery } from '../schemas/memory.ts';
import { creationHeaders } from '../schemas/request.ts';

const tags = ['Memories'];

/** What assistants remember of people and teams: to show, add, correct and erase it. */
export function memoryRoutes(parts: ApiParts): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.route({
      method: 'GET',
      url: '/memories',
      config: { scope: 'read' },
      schema: {
        tags,
        operationId: 'listMemories',
        summary: 'Show what is remembered of a person or team',
        description: `Newest first, all of them: a subject has at most ${MOST_MEMORIES}.`,
        querystring: subjectQuery,
        response: {
          200: answer('The facts.', z.array(memory)),
          ...errorResponses({ hasBody: false, others: [] }),
        },
      },
      handler: async (request) => {
        const { projectId } = keyOf(request);
        const found = await parts.memories.list(projectId, subjectOf(request.query), MOST_MEMORIES);
        return found.map(presentMemory);
      },
    });

    scope.route({
      method: 'POST',
      url: '/memories',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'createMemory',
        summary: 'Remember a fact about a person or team',
        description: 'A fact that is there already is answered as it is.',
        headers: creationHeaders,
        body: newMemory,
        response: {
          200: answer('The fact that was there.', memory),
          201: answer('The fact.', memory),
          ...errorResponses({ hasBody: true, others: [409] }),
        },
      },
      handler: async (request, reply) => {
        const { projectId } = keyOf(request);
        const subject = subjectOf(request.body);
        const text = textOf(request.body);
        const kept = await once(parts, request, async (newId) => {
          const fact = { id: newId(), projectId, subject, text, source: null, createdAt: parts.clock.now() };
          const outcome = await parts.memories.remember(fact);
          // One that comes from no message is never `gone`.
          if (outcome.kind === 'full' || outcome.kind === 'gone') {
            throw new ThreadrelayError(
              'conflict',
              `${MOST_MEMORIES} facts are remembered of this subject. Erase one first.`,
            );
          }
          const status = outcome.kind === 'known' ? 200 : 201;
          return { status, headers: {}, body: JSON.stringify(presentMemory(outcome.memory)) };
        });
        return sendKept(reply, kept);
      },
    });

    scope.route({
      method: 'PATCH',
      url: '/memories/:memory_id',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'correctMemory',
        summary: 'Correct a fact',
        params: memoryParams,
        body: patchMemory,
        response: {
          200: answer('The fact as it is now.', memory),
          ...errorResponses({ hasBody: true, others: [404, 409] }),
        },
      },
      handler: async (request) => {
        const corrected = await parts.memories.correct({
          projectId: keyOf(request).projectId,
          id: request.params.memory_id,
          text: textOf(request.body),
          at: parts.clock.now(),
        });
        if (corrected === null) throw notFound('memory');
        return presentMemory(corrected);
      },
    });

    scope.route({
      method: 'DELETE',
      url: '/memories/:memory_id',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'eraseMemory',
        summary: 'Erase a fact',
        params: memoryParams,
        response: {
          204: z.undefined().describe('It is gone.'),
          ...errorResponses({ hasBody: false, others: [404] }),
        },
      },
      handler: async (request, reply) => {
        const { projectId } = keyOf(request);
        if (!(await parts.memories.forget(projectId, request.params.memory_id))) throw notFound('memory');
        return reply.code(204).send();
      },
    });

    scope.route({
      method: 'DELETE',
      url: '/memories',
      config: { scope: 'write' },
      schema: {
        tags,
        operationId: 'eraseMemories',
        summary: 'Erase all that is remembered of a person or team',
        querystring: subjectQuery,
        response: {
          200: answer('How much that was.', erased),
          ...errorResponses({ hasBody: false, others: [] }),
        },
      },
      handler: async (request) => {
        const { projectId } = keyOf(request);
        return { erased: await parts.memories.eraseSubject(projectId, subjectOf(request.query)) };
      },
    });
  };
}

function subjectOf({ subject }: { subject: string }): string {
  try {
    return subjectKey(parseSubject(subject));
  } catch (thrown) {
    if (thrown instanceof ThreadrelayError) throw invalid('subject', thrown.message);
    throw thrown;
  }
}

function textOf({ text }: { text: string }): string {
  const fact = factOf(text);
  if (fact === '') throw invalid('text', 'text holds nothing that can be seen. Write a fact.');
  return fact;
}
