import type { Address } from '../../../src/outbound/destination.ts';

/** Where the attacker wants to get, and the attacker's own server, which may be reached. */
export type Ports = { canary: number; hostile: number };

/** An address that people may be made to attach, and what its name stands for each time that it is asked. */
export type Hostile = { name: string; url: (ports: Ports) => string; answers?: Address[][] };

const v4 = (address: string): Address => ({ address, family: 4 });
const v6 = (address: string): Address => ({ address, family: 6 });
/** In the range of the public internet, and answering nobody. */
const PUBLIC = v4('11.0.0.1');

const toCanary = (name: string, host: string): Hostile => ({
  name,
  url: ({ canary }) => `http://${host}:${canary}/`,
});
const fixed = (name: string, url: string, answers?: Address[][]): Hostile => ({
  name,
  url: () => url,
  ...(answers === undefined ? {} : { answers }),
});
const named = (name: string, answers: Address[][]): Hostile => ({
  ...toCanary(name, 'attacker.example'),
  answers,
});
/** The attacker's server answers with a redirect there. */
const redirect = (name: string, to: (ports: Ports) => string, status = 302): Hostile => ({
  name,
  url: (ports) => `http://127.0.0.1:${ports.hostile}/${status}?to=${encodeURIComponent(to(ports))}`,
});

export const HOSTILE: readonly Hostile[] = [
  toCanary('loopback', '127.0.0.1'),
  toCanary('loopback by name', 'localhost'),
  toCanary('loopback by name with a dot', 'localhost.'),
  toCanary('loopback with a dot', '127.0.0.1.'),
  toCanary('short', '127.1'),
  toCanary('decimal', '2130706433'),
  toCanary('hexadecimal', '0x7f000001'),
  toCanary('hexadecimal in parts', '0x7f.0x0.0x0.0x1'),
  toCanary('octal', '017700000001'),
  toCanary('octal in parts', '0177.0.0.01'),
  toCanary('digits in circles', '①②⑦.⓪.⓪.①'),
  toCanary('unspecified', '0.0.0.0'),
  toCanary('zero', '0'),
  toCanary('IPv6 loopback', '[::1]'),
  toCanary('IPv6 unspecified', '[::]'),
  toCanary('IPv4-mapped', '[::ffff:127.0.0.1]'),
  toCanary('IPv4-mapped in hexadecimal', '[0:0:0:0:0:ffff:7f00:1]'),
  toCanary('IPv4-compatible', '[::127.0.0.1]'),
  toCanary('NAT64', '[64:ff9b::7f00:1]'),
  toCanary('local NAT64', '[64:ff9b:1::7f00:1]'),
  toCanary('6to4', '[2002:7f00:1::1]'),
  toCanary('Teredo', '[2001:0:7f00:1::1]'),
  toCanary('link-local with a zone', '[fe80::1%25lo]'),
  toCanary('private 10', '10.0.0.1'),
  toCanary('private 172', '172.16.0.1'),
  toCanary('private 192', '192.168.0.1'),
  toCanary('shared address space', '100.64.0.1'),
  toCanary('multicast', '224.0.0.1'),
  toCanary('broadcast', '255.255.255.255'),
  toCanary('unique local', '[fd12:3456::1]'),
  fixed('metadata', 'http://169.254.169.254/latest/meta-data/'),
  fixed('metadata in decimal', 'http://2852039166/latest/meta-data/'),
  fixed('metadata, mapped', 'http://[::ffff:a9fe:a9fe]/'),
  fixed('metadata over IPv6', 'http://[fd00:ec2::254]/latest/meta-data/'),
  fixed('metadata by name', 'http://metadata.google.internal/', [[v4('169.254.169.254')]]),
  fixed('metadata of Alibaba', 'http://100.100.100.200/'),
  fixed('wire server of Azure', 'http://168.63.129.16/'),
  { name: 'user name in front', url: ({ canary }) => `http://files.slack.com@127.0.0.1:${canary}/` },
  { name: 'user name and password', url: ({ canary }) => `http://a:b@attacker.example:${canary}/` },
  { name: 'backslash', url: ({ canary }) => `http://127.0.0.1:${canary}\\@files.slack.com/` },
  fixed('file', 'file:///etc/passwd'),
  { name: 'gopher', url: ({ canary }) => `gopher://127.0.0.1:${canary}/_x` },
  fixed('data', 'data:text/plain,secret'),
  fixed('no address', 'http://'),
  fixed('port of mail', 'http://attacker.example:25/', [[PUBLIC]]),
  fixed('port of Redis', 'http://attacker.example:6379/', [[PUBLIC]]),
  named('name of loopback', [[v4('127.0.0.1')]]),
  named('name of IPv6 loopback', [[v6('::1')]]),
  named('name of both worlds', [[PUBLIC, v4('127.0.0.1')]]),
  named('rebinding', [[PUBLIC], [v4('127.0.0.1')], [v4('127.0.0.1')]]),
  ...[301, 302, 303, 307, 308].map((status) =>
    redirect(`redirect ${status}`, ({ canary }) => `http://127.0.0.1:${canary}/`, status),
  ),
  redirect('redirect to decimal', ({ canary }) => `http://2130706433:${canary}/`),
  redirect('redirect to mapped', ({ canary }) => `http://[::ffff:127.0.0.1]:${canary}/`),
  redirect('redirect without scheme', ({ canary }) => `//127.0.0.1:${canary}/`),
  redirect('redirect with user name', ({ canary }) => `http://x@127.0.0.1:${canary}/`),
  redirect('redirect to a file', () => 'file:///etc/passwd'),
  redirect('chain', ({ hostile, canary }) => {
    const last = encodeURIComponent(`http://127.0.0.1:${canary}/`);
    return `http://127.0.0.1:${hostile}/302?to=${encodeURIComponent(`http://127.0.0.1:${hostile}/307?to=${last}`)}`;
  }),
  redirect('loop', ({ hostile }) => `http://127.0.0.1:${hostile}/loop`),
];
