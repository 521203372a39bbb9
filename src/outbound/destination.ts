import { isIP } from 'node:net';
import { ThreadrelayError } from '../core/errors.ts';
import { isPublicAddress } from './public-address.ts';

/** Where a request goes: its URL, and the addresses that were checked and are the only ones to connect to. */
export type Destination = { url: URL; addresses: readonly Address[]; isAllowed: boolean };

export type Address = { address: string; family: number };

/** All addresses of a host name. Asked once for each hop: what it answers is checked and then connected to. */
export type Resolve = (hostname: string) => Promise<readonly Address[]>;

/** Lowest port that needs no privilege: below it only the web's own are web servers. */
const FIRST_FREE_PORT = 1024;

/** What is no web server though its port is free to use: databases, caches, mail, chat, file servers. */
const PORTS_OF_OTHERS = new Set<number>([
  1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 3306, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 6000,
  6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9200, 9300, 10_080, 10_250, 11_211, 27_017,
]);

const WEB_PORTS = new Set<number>([80, 443]);

/** The URL's origin, for sentences: paths and queries may hold signatures. */
export function placeOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}

/** @throws ThreadrelayError `invalid_input` for what is no address of the web, or one with a user name in it */
export function readAddress(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href);
  if (url === null) throw refusal('That is not a web address. Give one like https://example.com/page.');
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refusal(`Only https:// and http:// addresses can be fetched, not ${url.protocol}.`);
  }
  if (url.username !== '' || url.password !== '') {
    throw refusal(`The address of ${url.host} has a user name or password in it. Leave that out.`);
  }
  url.hash = '';
  return url;
}

/**
 * What keeps a URL from being fetched unless its host is allowed to be private, as far as the URL itself tells; null where
 * that depends on what its name stands for. Pure.
 */
export function plainRefusal(url: URL): 'port' | 'address' | null {
  if (!isWebPort(url)) return 'port';
  const hostname = bare(url.hostname);
  const isPrivate = isIP(hostname) === 0 ? LOOPBACK_NAME.test(hostname) : !isPublicAddress(hostname);
  return isPrivate ? 'address' : null;
}

/** Names that stand for the machine itself everywhere (RFC 6761). */
const LOOPBACK_NAME = /(?:^|\.)localhost\.?$/;

/** An IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The port, also where it is the scheme's own. */
function portOf({ port, protocol }: URL): string {
  if (port !== '') return port;
  return protocol === 'https:' ? '443' : '80';
}

/**
 * Checks where a URL leads. `allowed` names hosts, as `host` with all its ports or `host:port`, that may be private.
 * @throws ThreadrelayError `invalid_input` when any of the host's addresses is not public, `platform_unreachable` when it
 * has none
 */
export async function checkDestination(
  url: URL,
  allowed: ReadonlySet<string>,
  resolve: Resolve,
): Promise<Destination> {
  const hostname = bare(url.hostname);
  const isAllowed = allowed.has(url.hostname) || allowed.has(`${url.hostname}:${portOf(url)}`);
  if (!isAllowed && !isWebPort(url)) {
    throw refusal(`${placeOf(url)} is not fetched: that port is not one of the web.`);
  }
  const family = isIP(hostname);
  const addresses =
    family === 0 ? await addressesOf(url, hostname, resolve) : [{ address: hostname, family }];
  if (!isAllowed && !addresses.every(({ address }) => isPublicAddress(address))) {
    throw refusal(`${placeOf(url)} is not fetched: it leads to an address that is not public.`);
  }
  return { url, addresses, isAllowed };
}

async function addressesOf(url: URL, hostname: string, resolve: Resolve): Promise<readonly Address[]> {
  const found = await resolve(hostname).catch((cause: unknown) => {
    throw unreachable(url, cause);
  });
  if (found.length === 0) throw unreachable(url, undefined);
  return found;
}

function isWebPort(url: URL): boolean {
  if (url.port === '') return true;
  const port = Number(url.port);
  return WEB_PORTS.has(port) || (port >= FIRST_FREE_PORT && !PORTS_OF_OTHERS.has(port));
}

function refusal(sentence: string): ThreadrelayError {
  return new ThreadrelayError('invalid_input', sentence);
}

function unreachable(url: URL, cause: unknown): ThreadrelayError {
  return new ThreadrelayError('platform_unreachable', `No server was found for ${placeOf(url)}.`, {
    retryable: true,
    cause,
  });
}
