/**
 * Flags of V8 that can only be given when the process starts: a service that mostly waits needs no nursery of 16 MB.
 * `--expose-gc` is for `giveBackMemory`. Not `--optimize-for-size`: it saves nothing at rest and doubles the processor
 * time of a run.
 */
const LEAN = ['--max-semi-space-size=8', '--expose-gc'];

/**
 * For glibc's malloc: an arena for each of Node's ten threads, which allocate next to nothing, keeps megabytes that none
 * of them uses. Other allocators do not know the name.
 */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/**
 * Becomes the same process (same id, same files) with a small memory, unless it is already or cannot: then it simply
 * goes on. To be called before anything large is loaded; does not return when it relaunches.
 */
export function relaunchLean(): void {
  const preload = new URL('preload.js', import.meta.url).href;
  const isLean = process.execArgv.includes(preload);
  // A process with a channel to its parent would lose it.
  if (isLean || process.connected || process.execve === undefined || process.platform === 'win32') return;
  const flags = [...process.execArgv, ...LEAN, '--import', preload];
  process.execve(process.execPath, [process.execPath, ...flags, ...process.argv.slice(1)], {
    ...FEW_ARENAS,
    ...process.env,
  });
}
