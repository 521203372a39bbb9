export type DocumentKind = 'markdown' | 'text' | 'html' | 'pdf' | 'docx' | 'xlsx' | 'csv' | 'code';

/** A file as it came. `mediaType` is what its sender says of it, and is believed last; null when nobody said. */
export type RawFile = { bytes: Uint8Array; name: string; mediaType: string | null };

export type ExtractedText = {
  kind: DocumentKind;
  /** What the document calls itself, else its file name; never empty. */
  title: string;
  /** Markdown where the format has headings, tables or pages (`## Page 3`, `## Sheet name`); else the text as it is. */
  text: string;
};

/**
 * Reads the text of a Markdown, text, HTML, PDF, DOCX, XLSX, CSV or code file, told apart by its bytes first.
 * @throws ThreadrelayError `invalid_input` with a sentence for people: unsupported, encrypted, broken, empty or too large;
 * the reason of the signal, when it fires
 */
export type ExtractText = (file: RawFile, signal?: AbortSignal) => Promise<ExtractedText>;
