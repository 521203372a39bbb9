import ipaddr from 'ipaddr.js';

/** Public by their number, but answered by the machine's own cloud: Azure's wire server. */
const INSIDE_CLOUDS: ReadonlySet<string> = new Set(['168.63.129.16']);

/** `::a.b.c.d`, an old way to write an IPv4 address, which no range of the library names. */
const IPV4_COMPATIBLE = ipaddr.IPv6.parseCIDR('::/96');

/**
 * Whether an IP address is one of the public internet: no private, loopback, link-local, shared, multicast or reserved
 * one, nor an IPv6 form that stands for an IPv4 address (mapped, NAT64, 6to4, Teredo). False also for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed instanceof ipaddr.IPv6) return !parsed.match(IPV4_COMPATIBLE);
  return !INSIDE_CLOUDS.has(parsed.toString());
}
