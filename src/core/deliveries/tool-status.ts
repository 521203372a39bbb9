/** What the tools of the product are doing, after "I am". */
const DOING: Readonly<Record<string, string>> = {
  search_knowledge: 'searching the knowledge',
  search_thread: 'looking through this conversation',
  search_files: 'searching the files',
  read_file: 'reading a file',
  remember: 'remembering this',
  recall: 'recalling what I know',
  run_code: 'calculating',
  set_metadata: 'taking a note',
};

/** More than these at once are counted. */
const TOLD_AT_ONCE = 2;
/** Of a tool's name, in UTF-16 units: the line is to be one on a phone, too. */
const MAX_NAME = 40;

/** What people read while tools work, as Markdown: one short line, which the answer replaces. */
export function toolStatus(names: readonly string[]): string {
  const doing = [...new Set(names.map(doingOf))];
  const told = doing.length > TOLD_AT_ONCE ? `using ${names.length} tools` : doing.join(' and ');
  return `_${told.charAt(0).toUpperCase()}${told.slice(1)} …_`;
}

function doingOf(name: string): string {
  const known = Object.hasOwn(DOING, name) ? DOING[name] : undefined;
  if (known !== undefined) return known;
  // A model writes the name, so nothing of it is to mean something to a platform.
  const words = name
    .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .slice(0, MAX_NAME)
    .trim();
  return words === '' ? 'using a tool' : `using ${words}`;
}
