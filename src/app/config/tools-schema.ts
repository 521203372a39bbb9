import { z } from 'zod';
import { metadataKeyFault } from '../../core/threads/metadata-key.ts';
import { headersEnv, plainHeaders } from './header-schema.ts';
import { checkHttpTool } from './http-tool-faults.ts';
import { checkMcpServer, LONGEST_CALL_MS } from './mcp-server-faults.ts';
import { name } from './name-schema.ts';

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable' });

const allowPrivate = z
  .boolean()
  .describe('Whether the host may be in a private network, and may be spoken to without TLS.');

/** A program may work for minutes before it answers. */
const LONGEST_PROGRAM_MS = 300_000;

const field = z.strictObject({
  type: z.enum(['string', 'number', 'integer', 'boolean']).default('string').describe('What it is.'),
  description: z.string().optional().describe('For the model.'),
  required: z.boolean().default(true).describe('Whether the model must give it.'),
  enum: z.array(z.string()).min(1).max(100).optional().describe('The texts that it may be.'),
  max_length: z.int().min(1).max(100_000).optional().describe('The longest text that it may be.'),
});

const fieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,62}$/, {
  error: 'must be letters, digits and "_" and start with a letter',
});

const httpTool = z
  .strictObject({
    description: z.string().min(1).max(2_000).describe('When to use it and what it gives, for the model.'),
    method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).default('GET').describe('How it is called.'),
    url: z
      .string()
      .max(2_000)
      .describe(
        'Where. Its path and query may hold `{field}`; a query parameter whose field is not given is left out.',
      ),
    input: z.record(fieldName, field).default({}).describe('Fields that the model fills.'),
    headers: plainHeaders('headers_env').describe('Sent as they are; nothing secret.'),
    headers_env: headersEnv.default({}),
    body: z
      .record(z.string(), z.unknown())
      .optional()
      .describe(
        'JSON to send, with `{field}` in its texts. Left out: the fields that the URL does not name, in the query for GET and DELETE.',
      ),
    timeout_ms: z
      .int()
      .min(1)
      .max(LONGEST_CALL_MS)
      .default(LONGEST_CALL_MS)
      .describe('Milliseconds to wait for the answer.'),
    allow_private: allowPrivate.default(false),
  })
  .superRefine(checkHttpTool);

const mcpServer = z
  .strictObject({
    command: z
      .string()
      .min(1)
      .optional()
      .describe('A program to start that speaks MCP over its input and output.'),
    args: z.array(z.string()).max(100).optional().describe("The program's arguments."),
    env_from: z
      .array(variable)
      .max(100)
      .optional()
      .describe('Environment variables that the program gets; no others of this process.'),
    url: z
      .string()
      .optional()
      .describe('Instead of `command`: the address of a server that speaks MCP over HTTP.'),
    headers_env: headersEnv.optional(),
    allow_private: allowPrivate.optional(),
    timeout_ms: z
      .int()
      .min(1)
      .max(LONGEST_PROGRAM_MS)
      .default(LONGEST_CALL_MS)
      .describe('Milliseconds for each call. Over HTTP at most 10,000.'),
  })
  .superRefine(checkMcpServer);

/** Tools from outside. */
export const toolsSchema = z.strictObject({
  http: z.record(name, httpTool).default({}).describe('Tools that are one HTTP request, by name.'),
  mcp: z.record(name, mcpServer).default({}).describe('Servers of tools, by name.'),
});

export type ToolsDocument = z.infer<typeof toolsSchema>;
export type HttpToolDocument = z.infer<typeof httpTool>;
export type McpServerDocument = z.infer<typeof mcpServer>;

/** An assistant's tools. */
export const toolNames = z
  .array(z.string().min(1))
  .max(100)
  .default([])
  .describe(
    'What it may use: built-in tools, names of `tools.http`, and `mcp:SERVER` or `mcp:SERVER/TOOL` of `tools.mcp`.',
  );

/** What all providers take as the name of an argument; one that is not costs a model all of its tools. */
const ARGUMENT_NAME = /^[a-zA-Z0-9_-]{1,64}$/;

export const metadataKeys = z
  .array(z.string().regex(ARGUMENT_NAME, { error: 'must be up to 64 letters, digits, "_" and "-"' }))
  .max(100)
  .superRefine(checkMetadataKeys)
  .default([])
  .describe(
    "Keys of the thread's metadata that the tool `set_metadata` may set. Routes that depend on them obey the model.",
  );

/** Keys that no thread can have. */
function checkMetadataKeys(keys: readonly string[], context: z.RefinementCtx): void {
  for (const [index, key] of keys.entries()) {
    const fault = ARGUMENT_NAME.test(key) ? metadataKeyFault(key) : null;
    if (fault !== null) context.addIssue({ code: 'custom', path: [index], message: fault });
  }
}
