/**
 * Results of our own tools hold copies of what a thread says and of its files, and go with them. They are known by how
 * `search_thread` and `search_files` write them; both as regular expressions that JavaScript and MongoDB read alike.
 */

const COPIES_OF_SOME_MESSAGES = /^\{"found":\[\{"seq":/;

/** Results that show one of the messages at these steps. */
export function copiesOfMessages(seqs: readonly number[]): RegExp {
  return new RegExp(`^\\{"found":\\[.*"seq":(?:${seqs.join('|')}),`, 's');
}

/** Results that show passages of files. */
export const COPIES_OF_FILES = /^\{"passages":\[\{"file":/;

/** Results that show any message or file of their thread. */
export const COPIES: readonly RegExp[] = [COPIES_OF_SOME_MESSAGES, COPIES_OF_FILES];

/** Whether a result shows any message or file of its thread. Pure. */
export function isCopy(text: string): boolean {
  return COPIES.some((copy) => copy.test(text));
}
