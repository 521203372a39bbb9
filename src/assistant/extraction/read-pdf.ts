import { getDocumentProxy, getMeta } from 'unpdf';
import { z } from 'zod';
import { MAX_PDF_PAGES, MAX_TEXT_CHARACTERS } from './bounds.ts';
import { checkStreams } from './check-streams.ts';
import type { Read } from './extract-text.ts';
import { unreadable } from './faults.ts';

/** How much of a PDF's metadata is used. */
const Info = z.object({ info: z.object({ Title: z.string().catch('') }).catch({ Title: '' }) });

const TextItem = z.object({ str: z.string(), hasEOL: z.boolean().catch(false) });

/** Each page under a heading `## Page N`, so that answers can name it. @throws ThreadrelayError `invalid_input` */
export async function readPdf(bytes: Uint8Array, name: string): Promise<Read> {
  checkStreams(bytes, name);
  // A copy, because the library takes the buffer away from its owner.
  const document = await getDocumentProxy(Uint8Array.from(bytes), { verbosity: 0 }).catch(
    (error: unknown) => {
      throw faultOf(error, name);
    },
  );
  try {
    if (document.numPages > MAX_PDF_PAGES) {
      throw unreadable(name, `has ${document.numPages} pages, more than the ${MAX_PDF_PAGES} that are read.`);
    }
    const { info } = Info.parse(await getMeta(document));
    const pages: string[] = [];
    let length = 0;
    for (let number = 1; number <= document.numPages; number += 1) {
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      page.cleanup();
      const text = joined(items);
      length += text.length;
      if (text !== '') pages.push(document.numPages === 1 ? text : `## Page ${number}\n\n${text}`);
      if (length > MAX_TEXT_CHARACTERS) break;
    }
    return { title: info.Title, text: pages.join('\n\n') };
  } catch (error) {
    throw faultOf(error, name);
  } finally {
    await document.loadingTask.destroy();
  }
}

function joined(items: readonly unknown[]): string {
  return items
    .map((item) => {
      const { success, data } = TextItem.safeParse(item);
      return success ? `${data.str}${data.hasEOL ? '\n' : ''}` : '';
    })
    .join('')
    .replaceAll(/[ \t]+\n/g, '\n')
    .trim();
}

function faultOf(error: unknown, name: string): Error {
  if (!(error instanceof Error)) return unreadable(name, 'is broken: it cannot be read as PDF.', error);
  if (error.name === 'ThreadrelayError') return error;
  return error.name === 'PasswordException'
    ? unreadable(name, 'is encrypted. Save it without a password and send it again.', error)
    : unreadable(name, 'is broken: it cannot be read as PDF. Save it again and send that.', error);
}
