import { randomUUID } from 'node:crypto';
import { systemClock } from '../../core/clock.ts';
import { createPersonErasure, type ErasureReport } from '../../core/privacy/erase-person.ts';
import { parsePerson } from '../../core/privacy/person.ts';
import { TIMINGS } from '../../core/timings.ts';
import { openQueues } from '../../queue/index.ts';
import type { Stores } from '../../store/index.ts';
import type { Config } from '../config/config.ts';
import type { Said } from '../keys/keys-commands.ts';
import { projectOf } from '../project-of.ts';
import { REDIS_PREFIX } from '../redis-prefix.ts';

export type EraseOptions = { person: string; project?: string; dryRun?: boolean; json?: boolean };

/** `threadrelay erase`. @throws ThreadrelayError */
export async function erase(
  { person: named, project, dryRun = false, json = false }: EraseOptions,
  { stores, config, redisUrl }: { stores: Stores; config: Config; redisUrl: string | null },
): Promise<Said> {
  const person = parsePerson(named);
  const projectId = projectOf(config, project);
  const queues = redisUrl === null || dryRun ? null : await openRedis(redisUrl);
  try {
    const erasePerson = createPersonErasure({
      ...stores,
      eventEraser: queues?.eventEraser ?? { forget: async () => {} },
      clock: systemClock,
    });
    const report = await erasePerson({ projectId, person, dryRun });
    return {
      answer: json ? asJson(report) : asText(report),
      notices: [
        ...(queues === null && !dryRun ? [STREAMS_STAY] : []),
        ...(report.threadsLeft === 0 ? [] : [unfinished(report.threadsLeft)]),
      ],
    };
  } finally {
    await queues?.close();
  }
}

const STREAMS_STAY = `The streams of runs in Redis were not reached; they are forgotten within ${Math.round(TIMINGS.eventTtlMs / 60_000)} minutes.`;

function unfinished(threads: number): string {
  return `${threads === 1 ? 'One thread was' : `${threads} threads were`} still being answered in, so not all was erased there. Call it again in a minute.`;
}

function openRedis(url: string) {
  return openQueues({
    url,
    prefix: REDIS_PREFIX,
    timings: TIMINGS,
    newId: randomUUID,
    onError: () => {},
  });
}

function asJson({ person, dryRun, erased, threadsLeft }: ErasureReport): string {
  return JSON.stringify({ person, dry_run: dryRun, erased, threads_left: threadsLeft }, null, 2);
}

function asText({ person, dryRun, erased }: ErasureReport): string {
  const counts = Object.entries(erased).map(([kind, count]) => `  ${kind.replaceAll('_', ' ')}: ${count}`);
  return [dryRun ? `Of ${person} would be erased:` : `Erased of ${person}:`, ...counts].join('\n');
}
