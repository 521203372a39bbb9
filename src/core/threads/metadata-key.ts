/**
 * Why a key cannot be one of a thread's metadata, as a sentence's end, or null when it can. The database would read "."
 * and a leading "$" as parts of a path, and strings with null bytes are cut by it.
 */
export function metadataKeyFault(key: string): string | null {
  if (key === '') return 'is empty';
  if (key.includes('.')) return 'holds "."';
  if (key.startsWith('$')) return 'begins with "$"';
  if (key.includes('\0')) return 'holds a null byte';
  if (key === '__proto__' || key === 'constructor' || key === 'prototype') return 'is a forbidden key';
  return null;
}
