/** Named places where a fault test may kill the process. */
export const CRASH_POINTS = [
  'ingest.received',
  'ingest.before_persist',
  'ingest.after_persist',
  'ingest.before_ring',
  'ingest.before_acknowledge',
  'ingest.acknowledged',
  'run.claimed',
  'run.before_first_event',
  'run.after_first_event',
  'run.before_settle',
  'run.settled',
  'run.before_end_event',
  'delivery.claimed',
  'delivery.before_post',
  'delivery.post_accepted',
  'delivery.part_saved',
  'delivery.before_edit',
  'delivery.before_final',
  'delivery.final_accepted',
  'delivery.done',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/** Called at each crash point; a no-op in production. */
export type ReachCrashPoint = (point: CrashPoint) => void | Promise<void>;

export const noCrash: ReachCrashPoint = () => {};
