/** Text that people wrote, with borders that it cannot end itself. Pure. */
export function asNotes(text: string): string {
  return `<notes>\n${text.replaceAll(/<\/?notes>/gi, '')}\n</notes>`;
}
