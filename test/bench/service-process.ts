import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A command of `threadrelay`, or the service of relay-process.ts. */
export type ServiceCommand = 'start' | 'worker' | 'slack' | 'discord' | 'relay-process';

export type ServiceProcess = {
  readonly pid: number;
  /** Resolves when the service is up; rejects when it ends before. */
  ready: Promise<void>;
  /** A figure of its /metrics, without labels; undefined when there is none of the name. */
  metric(name: string): Promise<number | undefined>;
  /** Where its HTTP server listens. */
  url(): string;
  residentMb(): Promise<number>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has drained and gone. */
  stop(): Promise<void>;
};

const CLI = fileURLToPath(new URL('../../src/app/cli.ts', import.meta.url));
const RELAY = fileURLToPath(new URL('relay-process.ts', import.meta.url));
const run = promisify(execFile);

/** Starts `threadrelay <command>` as a person does, in a process of its own. */
export function spawnService(
  command: ServiceCommand,
  options: { cwd: string; environment: Record<string, string>; profileDir: string | undefined },
): ServiceProcess {
  const profile =
    options.profileDir === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileDir}`];
  const child: ChildProcess = spawn(
    process.execPath,
    [...profile, ...(command === 'relay-process' ? [RELAY] : [CLI, command])],
    {
      cwd: options.cwd,
      env: options.environment,
      stdio: ['ignore', 2, 'pipe'],
    },
  );
  const { pid, stderr } = child;
  if (stderr === null || pid === undefined) throw new Error('the service did not start');
  let url = '';
  const ended = once(child, 'exit');
  const said: string[] = [];
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(stderr).on('line', (line) => {
      said.push(line);
      url = /Health and metrics: (\S+)\/ok/.exec(line)?.[1] ?? url;
      if (url !== '') resolve();
    });
    void ended.then(([code, signal]) =>
      reject(new Error(`the service ended before it was up (${signal ?? code}): ${said.join('\n')}`)),
    );
  });
  ready.catch(() => undefined);

  async function end(signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  }

  return {
    pid,
    ready,
    url: () => url,
    async metric(name) {
      const response = await fetch(`${url}/metrics`);
      const text = await response.text();
      const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
      return found === undefined ? undefined : Number(found);
    },
    async residentMb() {
      const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
      return Number(stdout) / 1_024;
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}
