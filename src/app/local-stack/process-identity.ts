import { readFileSync } from 'node:fs';
import { runCommand } from './run-command.ts';

/** True while a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * What tells a process from a later one with the same id: its start time and, on Linux, the boot it belongs to.
 * Undefined when the system does not tell.
 */
export async function startMark(pid: number): Promise<string | undefined> {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Field 22 is the start time; the name in parentheses (field 2) may hold spaces.
    return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
  } catch {
    return psField(pid, 'lstart');
  }
}

/** The program a process runs, such as `/usr/bin/mongod`; undefined when the system does not tell. */
export async function programOf(pid: number): Promise<string | undefined> {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0];
  } catch {
    return psField(pid, 'comm');
  }
}

/** `ps` answers in milliseconds; a machine that is that busy may take the process for gone. */
const PS_TIMEOUT_MS = 5_000;

async function psField(pid: number, field: string): Promise<string | undefined> {
  const result = await runCommand('ps', ['-o', `${field}=`, '-p', String(pid)], { timeoutMs: PS_TIMEOUT_MS });
  return result.code === 0 ? result.stdout.trim() || undefined : undefined;
}
