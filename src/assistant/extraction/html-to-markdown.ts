import { convert, type Formatter, type HtmlNode } from 'html-to-text';

/** Deeper trees than any page has; what is below is left out. */
const MAX_DEPTH = 200;

const heading: Formatter = ({ name, children }, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2 });
  builder.addLiteral(`${'#'.repeat(Number(name?.slice(1)) || 2)} `);
  walk(children, builder);
  builder.closeBlock({ trailingLineBreaks: 2 });
};

const link: Formatter = ({ attribs, children }, walk, builder) => {
  const href = attribs?.['href'] ?? '';
  if (!/^https?:\/\//.test(href)) {
    walk(children, builder);
    return;
  }
  builder.addLiteral('[');
  walk(children, builder);
  builder.addLiteral(`](${href})`);
};

const pre: Formatter = ({ children }, _walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 2, isPre: true });
  const code = plain(children).replace(/\n$/, '');
  builder.addLiteral(`\`\`\`\n${code}\n\`\`\``);
  builder.closeBlock({ trailingLineBreaks: 2 });
};

const code: Formatter = ({ children }, _walk, builder) => builder.addLiteral(`\`${plain(children)}\``);

const row: Formatter = ({ children }, walk, builder) => {
  builder.openBlock({ leadingLineBreaks: 1 });
  builder.addLiteral('| ');
  const cells = (children ?? []).filter(({ name }) => name === 'td' || name === 'th');
  for (const [index, cell] of cells.entries()) {
    if (index > 0) builder.addLiteral(' | ');
    walk(cell.children, builder);
  }
  builder.addLiteral(' |');
  builder.closeBlock({ trailingLineBreaks: 1 });
};

const blocks = { leadingLineBreaks: 2, trailingLineBreaks: 2 };

/** Headings, lists, links, code and table rows of HTML as Markdown; its other tags are dropped, their text kept. */
export function htmlToMarkdown(html: string): string {
  return convert(html, {
    wordwrap: false,
    limits: { maxDepth: MAX_DEPTH },
    formatters: { heading2: heading, link2: link, pre2: pre, code2: code, row2: row },
    selectors: [
      ...[1, 2, 3, 4, 5, 6].map((level) => ({ selector: `h${level}`, format: 'heading2' })),
      { selector: 'a', format: 'link2' },
      { selector: 'pre', format: 'pre2' },
      { selector: 'code', format: 'code2' },
      { selector: 'img', format: 'skip' },
      { selector: 'table', format: 'block', options: blocks },
      { selector: 'tr', format: 'row2' },
      { selector: 'ul', options: { itemPrefix: '- ', ...blocks } },
      { selector: 'ol', options: blocks },
    ],
  });
}

function plain(nodes: readonly HtmlNode[] | undefined): string {
  return (nodes ?? [])
    .map((node) => node.data ?? (node.name === 'br' ? '\n' : plain(node.children)))
    .join('');
}
