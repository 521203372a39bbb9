import { ApiError, invalid } from './errors.ts';

/** Far above what people nest, below what the database takes (100 levels with those of its own). */
const DEEPEST = 64;

/**
 * Refuses what cannot be stored and given back as it came: half a surrogate pair, null bytes, numbers beyond all bounds,
 * and endless nesting. @throws ApiError `invalid_input`
 */
export function checkContent(value: unknown, path: string, depth = 0): void {
  if (typeof value === 'string') return checkText(value, path);
  if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw invalid(path, `${path} is a number too large to be kept. Send it as text.`);
    return;
  }
  if (value === null || typeof value !== 'object') return;
  if (depth >= DEEPEST) {
    throw new ApiError('invalid_input', `The request is nested deeper than ${DEEPEST} levels. Flatten it.`);
  }
  for (const [key, child] of Object.entries(value)) {
    const childPath = path === '' ? key : `${path}.${key}`;
    checkText(key, path === '' ? 'a key' : path);
    if (key === '__proto__')
      throw invalid(childPath, `${childPath} is a forbidden key. Give it another name.`);
    checkContent(child, childPath, depth + 1);
  }
}

function checkText(text: string, path: string): void {
  if (text.includes('\0')) throw invalid(path, `${path} holds a null byte. Leave it out.`);
  if (!text.isWellFormed()) {
    throw invalid(
      path,
      `${path} holds half of a surrogate pair, as from text that was cut inside an emoji. Cut it elsewhere.`,
    );
  }
}
