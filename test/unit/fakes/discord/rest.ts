import type { DiscordFake } from '../../../fakes/discord/index.ts';

export type RestAnswer = { status: number; headers: Headers; body: Record<string, unknown> };

/** Calls the fake as no client library would let us: any body, any token. The body of a 204 is empty. */
export async function call(
  fake: DiscordFake,
  method: string,
  path: string,
  body?: unknown,
  token: string = fake.token,
): Promise<RestAnswer> {
  const response = await fetch(`${fake.apiUrl}/v10${path}`, {
    method,
    headers: { authorization: `Bot ${token}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  const object = typeof parsed === 'object' && parsed !== null ? parsed : {};
  return { status: response.status, headers: response.headers, body: { ...object } };
}
