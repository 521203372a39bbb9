import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withDotenv } from '../../../../src/app/config/dotenv.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'threadrelay-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test('what the environment sets goes before the file, also when it is empty', () => {
  const path = join(folder(), '.env');
  writeFileSync(path, 'PORT=1\nHOST=file\nLOG_LEVEL="debug" # loud\n');
  expect(withDotenv({ PORT: '2', HOST: '' }, path)).toEqual({ PORT: '2', HOST: '', LOG_LEVEL: 'debug' });
});

test('a file that does not exist adds nothing', () => {
  expect(withDotenv({ PORT: '2' }, join(folder(), '.env'))).toEqual({ PORT: '2' });
});

test('a file that cannot be read is a fault that names it', () => {
  const path = folder();
  expect(() => withDotenv({}, path)).toThrow(`${path}: cannot be read`.slice(0, path.length));
});
