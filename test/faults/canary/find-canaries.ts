/** Secrets by a name that may be told. */
export type Canaries = Readonly<Record<string, string>>;

/** Somewhere a secret must not be, and all that is written there. */
export type Place = { where: string; text: string };

/** Every canary that is found in a place, in any form: a sentence each, without the secret itself. */
export function findCanaries(canaries: Canaries, places: readonly Place[]): string[] {
  return Object.entries(canaries).flatMap(([name, secret]) =>
    Object.entries(formsOf(secret)).flatMap(([form, text]) =>
      places
        .filter((place) => place.text.includes(text))
        .map((place) => `${name}, ${form}, in ${place.where}: ${around(place.text, text)}`),
    ),
  );
}

function around(text: string, found: string): string {
  const at = text.indexOf(found);
  return `${text.slice(Math.max(0, at - 200), at)}<<<${text.slice(at + found.length, at + found.length + 60)}`;
}

function formsOf(secret: string): Record<string, string> {
  const bytes = Buffer.from(secret);
  // Base64 groups three bytes, so a text that holds the secret holds one of three middles of it.
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return {
    plain: secret,
    'as JSON': JSON.stringify(secret).slice(1, -1),
    'in a URL': encodeURIComponent(secret),
    'in a form': new URLSearchParams({ secret }).toString().slice('secret='.length),
    'as hex': bytes.toString('hex'),
    ...Object.fromEntries(base64.map((text, offset) => [`in Base64 at ${offset}`, text])),
    'in Base64 for URLs': bytes.toString('base64url').slice(0, -1),
  };
}
