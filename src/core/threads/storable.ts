/** Where in a value something is that cannot be stored, as `config.tags.0`, and why, as a sentence's end. */
export type StorageFault = { path: string; why: string };

/**
 * What hinders a value from being stored as it is, or null. Keys below the first level may hold what they like but null
 * bytes, by which the database would cut them, and but the one by which it knows its own types; more than `levels` arrays
 * and objects within each other it refuses.
 */
export function storageFault(value: unknown, path: string, levels: number): StorageFault | null {
  if (value === null || typeof value !== 'object' || value instanceof Date) return null;
  if (levels === 0) return { path, why: 'is nested too deeply' };
  for (const [key, each] of Object.entries(value)) {
    const inner = `${path}.${key}`;
    if (key.includes('\0')) return { path, why: 'has a key with a null byte' };
    if (key === '_bsontype') return { path: inner, why: 'has the name of a type' };
    const fault = storageFault(each, inner, levels - 1);
    if (fault !== null) return fault;
  }
  return null;
}
