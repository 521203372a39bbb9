import mammoth from 'mammoth';
import { checkArchive } from './check-archive.ts';
import type { Read } from './extract-text.ts';
import { unreadable } from './faults.ts';
import { htmlToMarkdown } from './html-to-markdown.ts';

/** A Word document as Markdown, without its pictures. @throws ThreadrelayError `invalid_input` */
export async function readDocx(bytes: Uint8Array, name: string): Promise<Read> {
  checkArchive(bytes, name);
  const convertImage = mammoth.images.imgElement(async () => ({ src: '' }));
  const html = await mammoth.convertToHtml({ buffer: Buffer.from(bytes) }, { convertImage }).then(
    ({ value }) => value,
    (error: unknown) => {
      throw unreadable(name, 'is broken: Word would not open it. Save it again and send that.', error);
    },
  );
  const text = htmlToMarkdown(html);
  return { title: /^#\s+(.+)$/m.exec(text)?.[1] ?? null, text };
}
