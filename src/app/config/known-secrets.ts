import { readKeyValueList } from '../tracing/key-value-list.ts';
import { environmentSchema } from './environment-schema.ts';
import type { RawEnvironment } from './environment.ts';
import { Secret } from './secret.ts';

/** User and password of an address; several hosts may follow, which no URL parser takes. */
const CREDENTIALS = /^[a-z][a-z0-9+.-]*:\/\/([^@/\s]*)@/i;
/** Options of an address that are secret themselves, as `tlsCertificateKeyFilePassword`. */
const SECRET_OPTION = /[?&][^=&]*(?:password|secret|token)[^=&]*=([^&\s]+)/gi;

/** Variables of others that are secret by their name, as keys of model providers; shorter values are none. */
export const SECRET_NAME = /(?:TOKEN|SECRET|PASSWORD|KEY)$/;
const LEAST_FOREIGN = 8;

/**
 * Every secret that the environment holds, also where it is faulty: secret variables as they are, passwords of addresses
 * alone, and what is sent as a header of its own.
 */
export function knownSecrets(env: RawEnvironment): readonly Secret[] {
  const values = [...ownSecrets(env), ...foreignSecrets(env)];
  return [...new Set(values)].filter((value) => value !== '').map((value) => new Secret(value));
}

function ownSecrets(env: RawEnvironment): string[] {
  return Object.entries(environmentSchema.shape).flatMap(([name, schema]) => {
    const value = env[name]?.trim() ?? '';
    const isSecret = schema.meta()?.['secret'] === true;
    const headers = name === 'OTEL_EXPORTER_OTLP_HEADERS' && value !== '' ? headerSecrets(value) : [];
    return [...(isSecret ? [value] : []), ...headers, ...passwordsOf(value)];
  });
}

function foreignSecrets(env: RawEnvironment): string[] {
  return Object.entries(env).flatMap(([name, given = '']) => {
    // As it is sent: what comes from a file often ends with a line.
    const value = given.trim();
    return SECRET_NAME.test(name) && value.length >= LEAST_FOREIGN ? [value] : [];
  });
}

function passwordsOf(address: string): string[] {
  const credentials = CREDENTIALS.exec(address)?.[1] ?? '';
  const cut = credentials.indexOf(':');
  const password = cut === -1 ? '' : credentials.slice(cut + 1);
  const options = Array.from(address.matchAll(SECRET_OPTION), ([, value = '']) => value);
  return [password, ...options].flatMap((encoded) => [encoded, decoded(encoded)]);
}

/** Of `Bearer abc` the token alone is as secret as the whole. */
function headerSecrets(list: string): string[] {
  return Object.values(readKeyValueList(list)).flatMap((value) => [value, value.split(' ').at(-1) ?? '']);
}

function decoded(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
