/** What a tool gave back, as the text of its message: a string as it is, all else as JSON. */
export function toolResultText(result: unknown): string {
  return typeof result === 'string' ? result : (JSON.stringify(result) ?? '');
}
