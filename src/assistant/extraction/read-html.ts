import { Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { MAX_HTML_BYTES } from './bounds.ts';
import { decodeText } from './decode-text.ts';
import type { Read } from './extract-text.ts';
import { unreadable } from './faults.ts';
import { htmlToMarkdown } from './html-to-markdown.ts';

/** Elements of a page, above which looking for its article takes seconds; the whole page is read then. */
const MAX_ELEMENTS = 50_000;

/** An article shorter than this is seldom what the page is for; the whole page is read then. */
const MIN_ARTICLE_CHARACTERS = 200;

/** What is asked of a page here; the library's own types need those of browsers. */
type Page = {
  documentElement: { outerHTML: string };
  querySelector(selector: string): { textContent: string } | null;
  querySelectorAll(selector: string): Iterable<{ remove(): void }>;
};

const parsePage: (html: string) => { document: Page } = parseHTML;

/** The article of a page as Markdown, without menus and footers; the whole page where there is no article. */
export function readHtml(bytes: Uint8Array, name: string): Read {
  if (bytes.length > MAX_HTML_BYTES) {
    throw unreadable(name, `is too large a page to read (over ${MAX_HTML_BYTES / 2 ** 20} MB).`);
  }
  const html = decodeText(bytes, name);
  const whole = /<html[\s>]/i.test(html) ? html : `<!doctype html><html><body>${html}</body></html>`;
  const { document } = parsePage(whole);
  // Without these, what Readability leaves in when it finds no article would be text of the page.
  for (const each of document.querySelectorAll('script, style, noscript, template, nav')) each.remove();
  // Before the article is looked for, which changes the tree.
  const title = document.querySelector('title')?.textContent ?? '';
  const { outerHTML } = document.documentElement;
  const article = articleOf(document);
  if (article !== null) {
    const text = htmlToMarkdown(article.content);
    if (text.length >= MIN_ARTICLE_CHARACTERS) return { title: article.title || title, text };
  }
  return { title, text: htmlToMarkdown(outerHTML) };
}

function articleOf(document: Page) {
  try {
    const found = new Readability(document, { maxElemsToParse: MAX_ELEMENTS }).parse();
    if (found === null || typeof found.content !== 'string') return null;
    return { title: found.title ?? '', content: found.content };
  } catch {
    return null;
  }
}
