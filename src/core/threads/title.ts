/** A thread without a name on its platform is named by the first line of its first message, at most this long. */
const NAME_LENGTH = 80;

/** The name of a thread that begins with this text; empty where it says nothing. Pure. */
export function titleOf(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length <= NAME_LENGTH ? line : `${line.slice(0, NAME_LENGTH - 1).trimEnd()}…`;
}
