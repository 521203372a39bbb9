import { ThreadrelayError } from '../../core/errors.ts';
import type { Fetched, GuardedFetch } from '../../core/ports.ts';
import { defineTool, type Tool } from '../tools/tool.ts';
import { fieldsOfBody, fillBody } from './fill-body.ts';
import { type Arguments, fieldsIn, fillUrl } from './fill-url.ts';
import type { HttpToolConfig } from './http-tool-config.ts';
import { inputOfFields } from './input-of-fields.ts';
import { type ReadVariable, withSecrets } from './secret-headers.ts';

/** Far more than is shown to a model of an answer, in bytes. */
const MAX_ANSWER_BYTES = 2 ** 20;
/** Of an answer that is an error, in UTF-16 units: its sentence is in the beginning. */
const ERROR_EXCERPT = 500;

export type HttpToolParts = {
  /** Allows the tool's own host to be private where the configuration says so. */
  fetch: GuardedFetch;
  readVariable: ReadVariable;
};

/** A tool of the configuration: one request to one host, with the model's arguments encoded into it. */
export function httpTool(config: HttpToolConfig, { fetch, readVariable }: HttpToolParts): Tool {
  const { name, description, method, timeoutMs } = config;
  return defineTool({
    name,
    description,
    input: inputOfFields(config),
    timeoutMs,
    async execute(args, _scene, signal) {
      const { url, body } = requestOf(config, args);
      const answer = await fetch({
        url,
        method,
        headers: {
          accept: 'application/json, text/*;q=0.9, */*;q=0.1',
          ...(body === null ? {} : { 'content-type': 'application/json' }),
          ...config.headers,
          ...withSecrets(config.secretHeaders, readVariable),
        },
        ...(body === null ? {} : { body }),
        maxBytes: MAX_ANSWER_BYTES,
        timeoutMs,
        signal,
      });
      return told(answer);
    },
  });
}

function requestOf(config: HttpToolConfig, args: Arguments): { url: string; body: string | null } {
  const named = new Set([...fieldsIn(config.url), ...fieldsOfBody(config.body)]);
  const rest = Object.fromEntries(
    Object.entries(args).filter(([field, value]) => value !== undefined && !named.has(field)),
  );
  if (config.method === 'GET' || config.method === 'DELETE') {
    return { url: fillUrl(config, args, rest), body: null };
  }
  const body = config.body === null ? rest : fillBody(config.body, args);
  return { url: fillUrl(config, args, {}), body: JSON.stringify(body) };
}

/** @throws ThreadrelayError `platform_refused` for a status that is no success */
function told({ status, headers, body }: Fetched): unknown {
  const type = (headers.get('content-type') ?? '').toLowerCase();
  const isText = type === '' || /^text\/|json|xml|yaml|csv|javascript/.test(type);
  const text = isText ? new TextDecoder().decode(body) : `[${type}, ${body.length} bytes]`;
  if (status < 200 || status > 299) {
    const excerpt = text.trim().slice(0, ERROR_EXCERPT).toWellFormed();
    throw new ThreadrelayError(
      'platform_refused',
      `The server answered ${status}${excerpt === '' ? '.' : `: ${excerpt}`}`,
    );
  }
  return /json/.test(type) ? jsonOrText(text) : text;
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
