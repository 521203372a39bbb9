/**
 * The first `major.minor[.patch]` in the text that follows the marker, or undefined.
 * Examples: `db version v6.0.5`, `Redis server v=7.0.15 sha=…`, `Valkey server v=8.1.8 sha=…`.
 */
export function versionIn(text: string): string | undefined {
  return /\bv(?:ersion)?[ =]?v?(\d+\.\d+(?:\.\d+)?)/i.exec(text)?.[1];
}

/** True when the dotted version is the least wanted one or later; missing places count as 0. */
export function isAtLeast(version: string, least: string): boolean {
  const have = version.split('.').map(Number);
  const want = least.split('.').map(Number);
  for (let place = 0; place < Math.max(have.length, want.length); place += 1) {
    const difference = (have[place] ?? 0) - (want[place] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
