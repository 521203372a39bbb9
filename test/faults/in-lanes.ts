/** Does the jobs in their order, as many at once as there are lanes; each lane takes the next when it is done. */
export async function inLanes<Lane, Job>(
  lanes: readonly Lane[],
  jobs: readonly Job[],
  work: (lane: Lane, job: Job) => Promise<void>,
): Promise<void> {
  const left = [...jobs];
  await Promise.all(
    lanes.map(async (lane) => {
      for (let job = left.shift(); job !== undefined; job = left.shift()) await work(lane, job);
    }),
  );
}

/** `count` in batches of at most `most`, as even as can be: their sizes. */
export function batches(count: number, most: number): number[] {
  const rounds = Math.ceil(count / most);
  return Array.from({ length: rounds }, (_, round) => Math.ceil((count - round) / rounds));
}
