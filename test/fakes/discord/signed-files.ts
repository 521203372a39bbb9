import { createHash } from 'node:crypto';
import type { Context } from './context.ts';
import type { Json } from './json.ts';

function signatureOf(ctx: Context, path: string, ends: string, issued: string): string {
  return createHash('sha256').update([ctx.token, path, ends, issued].join('\n')).digest('hex');
}

/** An address as Discord gives it out with a message: signed, and good for so long as the settings say. */
export function signAddress(ctx: Context, address: string): string {
  const url = new URL(address);
  const now = ctx.clock.now();
  const issued = Math.floor(now / 1_000).toString(16);
  const ends = Math.floor((now + ctx.settings.fileAddressMs) / 1_000).toString(16);
  return `${address}?ex=${ends}&is=${issued}&hm=${signatureOf(ctx, url.pathname, ends, issued)}&`;
}

/** The attachments of a message with addresses of this moment. */
export function presentAttachments(ctx: Context, attachments: readonly Json[]): Json[] {
  return attachments.map((file) => ({
    ...file,
    url: signAddress(ctx, String(file['url'])),
    proxy_url: signAddress(ctx, String(file['proxy_url'])),
  }));
}

/** Whether Discord serves the file under this address: signed by it, and not ended. */
export function isGoodAddress(ctx: Context, url: URL): boolean {
  const [ends = '', issued = ''] = ['ex', 'is'].map((name) => url.searchParams.get(name) ?? '');
  const isOurs = url.searchParams.get('hm') === signatureOf(ctx, url.pathname, ends, issued);
  return isOurs && Number.parseInt(ends, 16) * 1_000 > ctx.clock.now();
}
