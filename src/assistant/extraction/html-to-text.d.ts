/** The library has no types of its own; this is what is used of it. */
declare module 'html-to-text' {
  export interface HtmlNode {
    type: string;
    name?: string;
    attribs?: Record<string, string>;
    children?: HtmlNode[];
    data?: string;
  }
  export interface TextBuilder {
    openBlock(options?: { leadingLineBreaks?: number; isPre?: boolean }): void;
    closeBlock(options?: { trailingLineBreaks?: number }): void;
    addInline(text: string, options?: { noWordTransform?: boolean }): void;
    addLiteral(text: string): void;
    addLineBreak(): void;
  }
  export type Walk = (nodes: HtmlNode[] | undefined, builder: TextBuilder) => void;
  export type Formatter = (
    element: HtmlNode,
    walk: Walk,
    builder: TextBuilder,
    options: Record<string, unknown>,
  ) => void;
  export function convert(
    html: string,
    options: {
      wordwrap?: false | number;
      formatters?: Record<string, Formatter>;
      selectors?: { selector: string; format?: string; options?: Record<string, unknown> }[];
      limits?: { maxInputLength?: number; maxDepth?: number; maxChildNodes?: number };
    },
  ): string;
}
