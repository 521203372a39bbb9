import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createConfigSource } from '../../../../src/app/config/config-source.ts';

const GOOD = 'assistants: {one: {model: {provider: scripted, reply: hi}}}';

function file(text?: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'threadrelay-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'threadrelay.yaml');
  if (text !== undefined) writeFileSync(path, text);
  return path;
}

function source(path: string) {
  const onReload = vi.fn();
  const onFault = vi.fn();
  return { ...createConfigSource({ path, isNamed: true, onReload, onFault }), onReload, onFault };
}

test('a reload brings the new version into force', () => {
  const path = file(GOOD);
  const config = source(path);
  writeFileSync(path, GOOD.replace('one', 'two'));

  expect(config.reload()).toBe(true);

  expect([...config.current().assistants.keys()]).toEqual(['two']);
  expect(config.onReload).toHaveBeenCalledWith(config.current());
});

test('a faulty new version leaves the old one in force, and its faults are told', () => {
  const path = file(GOOD);
  const config = source(path);
  const before = config.current();
  writeFileSync(path, `${GOOD}\nlimts: {}`);

  expect(config.reload()).toBe(false);

  expect(config.current()).toBe(before);
  expect(config.onFault).toHaveBeenCalledWith(
    expect.objectContaining({ faults: [expect.objectContaining({ line: 2, column: 1, file: path })] }),
  );
});

test('a file that is gone at a reload leaves the old version in force', () => {
  const path = file(GOOD);
  const config = source(path);
  rmSync(path);
  expect(config.reload()).toBe(false);
  expect([...config.current().assistants.keys()]).toEqual(['one']);
});

test('a file that was named must exist', () => {
  expect(() => source(file())).toThrow(/does not exist/);
});

test('a file that nobody named may be missing', () => {
  const config = createConfigSource({ path: file(), isNamed: false });
  expect([...config.current().assistants.keys()]).toEqual(['echo']);
});

test('a faulty first version does not start', () => {
  expect(() => source(file('limts: {}'))).toThrow(/1 fault/);
});
