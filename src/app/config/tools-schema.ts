import { z } from 'zod';
import { name } from './name-schema.ts';
import { checkHttpTool, checkMcpServer, checkMetadataKeys } from './tool-faults.ts';

const variable = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'must be the name of an environment variable' });

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'must be the name of an HTTP header' });

const headersEnv = z
  .record(
    headerName,
    z.string().regex(/^(?:[A-Za-z]+ )?[A-Za-z_][A-Za-z0-9_]*$/, {
      error: 'must name an environment variable, as `SHOP_TOKEN` or `Bearer SHOP_TOKEN`',
    }),
  )
  .default({})
  .describe(
    'Header → environment variable that holds its value, as `Authorization: Bearer SHOP_TOKEN`. Sent to this host only.',
  );

const allowPrivate = z
  .boolean()
  .default(false)
  .describe('Whether the host may be in a private network, and may be spoken to without TLS.');

/** A guarded request never takes longer. */
const LONGEST_CALL_MS = 10_000;
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
      .min(1)
      .max(2_000)
      .describe(
        'Where. Its path and query may hold `{field}`; a query parameter whose field is not given is left out.',
      ),
    input: z.record(fieldName, field).default({}).describe('Fields that the model fills.'),
    headers: z
      .record(headerName, z.string().max(2_000))
      .default({})
      .describe('Sent as they are; nothing secret.'),
    headers_env: headersEnv,
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
    allow_private: allowPrivate,
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
      .min(1)
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

export const metadataKeys = z
  .array(z.string().min(1).max(100))
  .max(100)
  .superRefine(checkMetadataKeys)
  .default([])
  .describe(
    "Keys of the thread's metadata that the tool `set_metadata` may set. Routes that depend on them obey the model.",
  );
