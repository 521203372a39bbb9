/** Larger files are refused: what people send to be read is smaller, and several are held at once. */
export const MAX_FILE_BYTES = 32 * 2 ** 20;

/** HTML is parsed into a tree many times its size; longer pages are logs, not documents. */
export const MAX_HTML_BYTES = 5 * 2 ** 20;

/** Text of one document, about three thick books: more is a dump of data, and each of it is held and indexed. */
export const MAX_TEXT_CHARACTERS = 5_000_000;

/** What the parts of one archive (DOCX, XLSX), or the streams of a PDF, may unpack to: an archive that says more is a bomb. */
export const MAX_UNPACKED_BYTES = 128 * 2 ** 20;

/** Parts of one archive; real documents have a part for each picture and sheet. */
export const MAX_ARCHIVE_PARTS = 10_000;

/** Pages of a PDF that are read; longer ones are refused rather than read in half. */
export const MAX_PDF_PAGES = 3_000;
