import type { Load } from './load.ts';
import type { ServiceProcess } from './service-process.ts';

/** Seconds of processor time used so far by everybody who takes part in a bench. */
export type CpuTimes = { service: number; load: number; mongodb: number; redis: number };

/** Processor time does not grow when others use the machine, so it says more than time on the clock. */
export async function cpuTimes(service: ServiceProcess, { database, queues }: Load): Promise<CpuTimes> {
  const { user, system } = process.cpuUsage();
  const [serviceSeconds, status, info] = await Promise.all([
    service.metric('threadrelay_process_cpu_seconds_total'),
    database.connection.db?.admin().command({ serverStatus: 1 }),
    queues.connections.commands.info('cpu'),
  ]);
  const mongodb: Record<string, unknown> = status?.['extra_info'] ?? {};
  const redis = [...info.matchAll(/used_cpu_(?:sys|user):(\S+)/g)];
  return {
    service: serviceSeconds ?? Number.NaN,
    load: (user + system) / 1e6,
    mongodb: (Number(mongodb['user_time_us']) + Number(mongodb['system_time_us'])) / 1e6,
    redis: redis.reduce((sum, [, seconds]) => sum + Number(seconds), 0),
  };
}

/** `service 2.10, load 1.30, … ms: together 4.20` of each of `units`. */
export function cpuPerUnit(before: CpuTimes, after: CpuTimes, units: number): string {
  const used = (['service', 'load', 'mongodb', 'redis'] as const).map(
    (who) => [who, ((after[who] - before[who]) * 1_000) / units] as const,
  );
  const sum = used.reduce((all, [, ms]) => all + ms, 0);
  return `${used.map(([who, ms]) => `${who} ${ms.toFixed(2)}`).join(', ')} ms: together ${sum.toFixed(2)}`;
}
