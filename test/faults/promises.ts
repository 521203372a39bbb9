/** What must hold under faults, by number: the rows of the table in docs/reliability.md. */
const PROMISES: ReadonlyMap<number, string> = new Map([
  [1, 'The same Slack event five times in parallel on two processes makes one message and one run'],
  [2, '`message` and `app_mention` of one post make one run, in both orders'],
  [3, 'An event that is told again, up to 24 hours later or after Redis lost its data, changes nothing'],
  [4, 'Events are acknowledged in time at 50 a second, with the workers off'],
  [5, 'A receiver that is killed loses and doubles no acknowledged event'],
  [6, 'While MongoDB is away nothing is acknowledged; what is told again ends as one run each'],
  [7, 'Two first messages that race make one thread'],
  [8, 'Cut sockets of Discord lose and double no message'],
  [9, 'Echoes, own edits and other bots set off no run'],
  [10, 'No sequence of commands makes an illegal transition; an ended run stays ended'],
  [11, 'A worker that is killed leaves one final answer, in time'],
  [12, 'Every write of a worker that was frozen and overtaken is refused'],
  [13, 'A run whose worker is killed three times fails visibly, once'],
  [14, 'A thread has one active run at most, and answers in the order of its messages'],
  [15, 'Queued runs are executed although Redis lost its data'],
  [16, 'However often a run is enqueued, it is executed once'],
  [17, 'A poisonous or hung workflow is tried three times and told once; others do not feel it'],
  [18, 'A cancelled run settles within two seconds, and its answer changes no more'],
  [19, 'A rolling restart under load loses and stalls nothing'],
  [20, 'However tokens and wake-ups fall, the platform ends with the stored text'],
  [21, '30 streams within 50 edits a minute: no 429, every final in time'],
  [22, 'A Retry-After is obeyed to the second'],
  [23, 'Killed between an accepted post and its saved id, one message is left'],
  [24, 'A post whose acknowledgement is lost leaves one message'],
  [25, 'Texts of every length and shape arrive whole'],
  [26, 'A deleted message or a removed bot ends the delivery after a few calls'],
  [27, 'A step-down of the primary loses no acknowledged write'],
  [28, 'A database without a declared index is not used'],
  [29, 'A killed Redis loses no run'],
  [30, 'Slow, resetting and silent stores delay answers and lose none'],
  [
    31,
    'One Idempotency-Key sent ten times at once makes one run and is answered alike; with another body it is refused',
  ],
  [32, 'A stream that is cut is resumed exactly, and slow readers cost little memory'],
  [
    33,
    'No route tells or changes anything for whoever has no key, another project’s key or one that may only read',
  ],
  [34, 'A forged request is refused and writes nothing'],
  [35, 'No hostile address of a file reaches what is private, takes more than its bounds, or gets a token'],
  [36, 'No injection calls a tool that the assistant was not given, or changes a route'],
  [37, 'No output pings anybody or unfurls a link'],
  [38, 'Secrets are in no log, store, job or error'],
  [39, 'Whoever writes too fast is answered at a pace and told once; no budget is exceeded'],
]);

export const PROMISE_NUMBERS: readonly number[] = [...PROMISES.keys()];

export function promiseName(n: number): string {
  const name = PROMISES.get(n);
  if (name === undefined) throw new Error(`no promise has the number ${n}`);
  return name;
}
