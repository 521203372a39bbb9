/** Where Redis is: one server, or some nodes of a Redis Cluster, from which the others are learned. */
export type RedisAddress =
  | { readonly kind: 'server'; readonly url: string }
  | {
      readonly kind: 'cluster';
      readonly nodes: readonly { readonly host: string; readonly port: number }[];
      readonly username?: string;
      readonly password?: string;
      readonly tls: boolean;
    };

const CLUSTER =
  /^redis(?<tls>s?)\+cluster:\/\/(?:(?<user>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<nodes>[^/@\s]+)\/?$/;

/** The port of a node that names none. */
const USUAL_PORT = 6_379;

/**
 * Reads `redis://…`, `rediss://…`, or `redis+cluster://user:password@host:port,host:port` (`rediss+cluster` with TLS).
 * Null when it is a cluster's and cannot be read; a single server's URL is left to the client as it is.
 */
export function parseRedisAddress(url: string): RedisAddress | null {
  if (!/^rediss?\+cluster:/.test(url)) return { kind: 'server', url };
  const { tls, user = '', password, nodes = '' } = CLUSTER.exec(url)?.groups ?? {};
  const parsed = nodes.split(',').map((node) => /^(\[[^\]]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(node));
  const read = parsed.flatMap((match) =>
    match?.[1] === undefined
      ? []
      : [{ host: match[1].replace(/^\[|\]$/g, ''), port: Number(match[2] ?? USUAL_PORT) }],
  );
  if (read.length === 0 || read.length < parsed.length) return null;
  return {
    kind: 'cluster',
    nodes: read,
    ...(user === '' ? {} : { username: decodeURIComponent(user) }),
    ...(password === undefined ? {} : { password: decodeURIComponent(password) }),
    tls: tls === 's',
  };
}
