import type { IncomingMessage } from 'node:http';
import { refusals } from '../api-error.ts';
import type { Json } from '../json.ts';
import { asObject } from '../json.ts';

/** A file of a multipart request; `index` is the n of `files[n]`. */
export type UploadedFile = { index: number; filename: string; contentType: string; bytes: Uint8Array };
/** What a request carries. `value` is the JSON as sent, `json` the same when it is an object. */
export type Body = { value: unknown; json: Json; files: UploadedFile[] };

/** All bytes of the request; undefined when there are more than `limit`. */
export async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size <= limit) chunks.push(bytes);
  }
  return size > limit ? undefined : Buffer.concat(chunks);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refusals.invalidJson();
  }
}

/** Reads JSON or multipart with `payload_json` and `files[n]`. @throws 50109 for anything that is not JSON. */
export async function parseBody(bytes: Buffer, contentType: string): Promise<Body> {
  if (bytes.length === 0) return { value: undefined, json: {}, files: [] };
  if (!contentType.startsWith('multipart/form-data')) {
    const value = parseJson(bytes.toString('utf8'));
    return { value, json: asObject(value) ?? {}, files: [] };
  }
  const response = new Response(new Uint8Array(bytes), { headers: { 'content-type': contentType } });
  // oxlint-disable-next-line typescript/no-deprecated -- a fake on loopback may hold a whole upload in memory
  const form = await response.formData();
  const payload = form.get('payload_json');
  const value: unknown = typeof payload === 'string' ? parseJson(payload) : undefined;
  const files: UploadedFile[] = [];
  for (const [name, part] of form) {
    if (typeof part === 'string') continue;
    files.push({
      index: Number(/\[(\d+)\]/.exec(name)?.[1] ?? files.length),
      filename: part.name,
      contentType: part.type || 'application/octet-stream',
      bytes: new Uint8Array(await part.arrayBuffer()),
    });
  }
  return { value, json: asObject(value) ?? {}, files };
}
