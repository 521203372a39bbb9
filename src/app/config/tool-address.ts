import { plainRefusal } from '../../outbound/destination.ts';

/** Scheme, host and port as they are meant; parsers of URLs forgive what would let a path become a host. */
const PLAIN_ADDRESS = /^https?:\/\/[^/?#\\\s]+(?:[/?#][^\\\s]*)?$/i;

const REFUSED = {
  port: 'has a port that is not one of the web',
  address: 'leads to an address that is not public',
} as const;

/** What is wrong with the address of a tool or of a server of tools; braces in it are read as if they were not there. */
export function* addressFaults(
  text: string,
  { sendsSecrets, isPrivate }: { readonly sendsSecrets: boolean; readonly isPrivate: boolean },
): Generator<string> {
  const url = PLAIN_ADDRESS.test(text) ? URL.parse(text.replaceAll(/[{}]/g, '')) : null;
  if (url === null) {
    yield 'must be an address like https://api.example.com/orders';
    return;
  }
  if (url.username !== '' || url.password !== '') {
    yield 'may not hold a user name or password: put them into headers_env';
  }
  const secret = secretParameterOf(text);
  if (secret !== null) {
    yield `holds a secret in "${secret}", and this file is not secret: send it as a header, by headers_env`;
  }
  if (isPrivate) return;
  const refusal = plainRefusal(url);
  if (refusal !== null) yield `${REFUSED[refusal]}: set "allow_private: true" if this host is yours`;
  if (url.protocol === 'http:' && sendsSecrets) {
    yield 'must begin with https:// where headers_env are sent, or the host must be allowed to be private';
  }
}

const SECRET_PARAMETER = /^(?:token|secret|password|client_secret|(?:api|auth|access)[-_]?(?:key|token))$/i;

/** A parameter whose name says that it is secret, with a value that stands in the file. */
function secretParameterOf(text: string): string | null {
  const parameters = text.replace(/^[^?]*\??|#.*$/g, '').split('&');
  const found = parameters
    .map((parameter) => parameter.split('='))
    .find(([name = '', value = '']) => SECRET_PARAMETER.test(name) && /^[^{}]+$/.test(value));
  return found?.[0] ?? null;
}
