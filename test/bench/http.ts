import { issueKey } from '../../src/app/keys/issue-key.ts';
import { defineBench } from './bench.ts';
import { cpuPerUnit, cpuTimes } from './cpu-time.ts';
import { openConnection } from './http-connection.ts';
import { type HttpLoad, makeThread, question, timeHttpRuns } from './http-load.ts';
import { openIdleReaders, timeAppends } from './http-readers.ts';
import { openLoad } from './load.ts';
import type { ServiceProcess } from './service-process.ts';
import { percentile, spread } from './statistics.ts';
import { between, mongodbCommands, perUnit } from './store-commands.ts';

const TOKENS = 50;
const DELAY_MS = 10;
const TURNS = 30;
/** Memory is looked at this often while nothing happens, and the median counts. */
const LOOKS = 5;

/** The same words at once, and one after the other as a model says them. */
const CONFIG = [
  'projects: { default: {} }',
  'limits: { runs_per_user_per_minute: 0 }',
  'assistants:',
  `  bench: { model: { provider: scripted, tokens: ${TOKENS}, delay_ms: 0 } }`,
  `  slow: { model: { provider: scripted, tokens: ${TOKENS}, delay_ms: ${DELAY_MS} } }`,
  '',
].join('\n');

export const http = defineBench({
  name: 'http',
  about:
    'a thread made and a run of 50 tokens streamed over HTTP, by 1, 16 and 64 clients; and what readers cost',
  sizes: {
    'warm-up': { full: 2_000, quick: 100, about: 'runs before speed is measured' },
    c1: { full: 300, quick: 20, about: 'runs, one client' },
    c16: { full: 2_000, quick: 64, about: 'runs, 16 clients' },
    c64: { full: 4_000, quick: 256, about: 'runs of one repetition, 64 clients' },
    repeats: { full: 5, quick: 1, about: 'repetitions with 64 clients; the median is told' },
    'delay-c1': { full: 30, quick: 3, about: 'runs with 10 ms a token, one client' },
    'delay-c16': { full: 400, quick: 16, about: 'runs with 10 ms a token, 16 clients' },
    'delay-c64': { full: 2_000, quick: 64, about: 'runs with 10 ms a token, 64 clients' },
    appends: { full: 500, quick: 100, about: 'events of which it is measured when a reader has them' },
    histories: { full: 100, quick: 10, about: 'readings of the history of 30 turns' },
    readers: { full: 500, quick: 100, about: 'readers that hear nothing' },
    'settle-s': { full: 25, quick: 3, about: 'seconds of quiet before memory is looked at' },
  },
  async measure(lab, size) {
    const load = await openLoad(lab);
    const service = await lab.startService('start', CONFIG);
    const { secret: key } = await issueKey(load.stores.keys, {
      projectId: 'default',
      scope: 'write',
      name: 'bench',
    });
    const door = { url: service.url(), key };
    const notes: string[] = [];
    const figures: Record<string, number> = {};

    // What readers hold is seen best in a process that has done little else.
    await timeHttpRuns(door, 'bench', 4, 40);
    lab.say('idle readers');
    const before = await residentMb(service, size('settle-s'));
    const readers = await openIdleReaders(door, 'bench', size('readers'));
    const after = await residentMb(service, size('settle-s'));
    readers.close();
    figures['idle_reader_kib'] = ((after - before) * 1_024) / size('readers');
    notes.push(`${size('readers')} idle readers: ${before.toFixed(1)} → ${after.toFixed(1)} MB`);

    lab.say('warming up');
    await timeHttpRuns(door, 'bench', 64, size('warm-up'));
    const appends = await timeAppends(load, door, size('appends'));
    figures['append_to_reader_ms_p50'] = percentile(appends, 0.5);
    notes.push(`from appended to a reader: ${spread(appends)}`);

    const phases = [
      { name: 'c1', atOnce: 1, assistant: 'bench', count: size('c1'), repeats: 1 },
      { name: 'c16', atOnce: 16, assistant: 'bench', count: size('c16'), repeats: 1 },
      { name: 'c64', atOnce: 64, assistant: 'bench', count: size('c64'), repeats: size('repeats') },
      { name: 'c1_delay', atOnce: 1, assistant: 'slow', count: size('delay-c1'), repeats: 1 },
      { name: 'c16_delay', atOnce: 16, assistant: 'slow', count: size('delay-c16'), repeats: 1 },
      { name: 'c64_delay', atOnce: 64, assistant: 'slow', count: size('delay-c64'), repeats: 1 },
    ];
    for (const { name, atOnce, assistant, count, repeats } of phases) {
      const commandsBefore = await mongodbCommands(load.database);
      const cpuBefore = await cpuTimes(service, load);
      const loads: HttpLoad[] = [];
      for (let index = 0; index < repeats; index += 1) {
        loads.push(await timeHttpRuns(door, assistant, atOnce, count));
        lab.say(`${name}: ${loads.at(-1)?.perSecond.toFixed(1)} runs/s`);
      }
      const cpuAfter = await cpuTimes(service, load);
      const { told, note } = summary(name, loads);
      const commands = between(commandsBefore, await mongodbCommands(load.database));
      Object.assign(figures, told);
      notes.push(
        note,
        `${name}: mongodb per run: ${perUnit(commands, count * repeats)}`,
        `${name}: processor time of a run: ${cpuPerUnit(cpuBefore, cpuAfter, count * repeats)}`,
      );
    }
    figures['rss_mb'] = await service.residentMb();

    const history = await timeHistory(door, size('histories'));
    figures['history_30_turns_kib'] = history.kib;
    figures['history_30_turns_ms'] = percentile(history.times, 0.5);
    notes.push(`history of ${TURNS} turns: ${spread(history.times)}`);
    return { figures, notes };
  },
});

function summary(name: string, loads: readonly HttpLoad[]) {
  const perSecond = loads.map((each) => each.perSecond);
  const firstEvents = loads.flatMap(({ times }) => times.map(({ firstEventMs }) => firstEventMs));
  const ends = loads.flatMap(({ times }) => times.map(({ endMs }) => endMs));
  return {
    told: {
      [`${name}_runs_per_s`]: percentile(perSecond, 0.5),
      [`${name}_first_event_ms_p50`]: percentile(firstEvents, 0.5),
      [`${name}_first_event_ms_p99`]: percentile(firstEvents, 0.99),
      [`${name}_end_ms_p50`]: percentile(ends, 0.5),
      [`${name}_end_ms_p99`]: percentile(ends, 0.99),
    },
    note:
      `${name}: ${perSecond.map((each) => each.toFixed(1)).join(', ')} runs/s; ` +
      `first event ${spread(firstEvents)}; end ${spread(ends)}`,
  };
}

/** Of a thread of 30 turns, all states without values: how much that is, and how long each reading takes. */
async function timeHistory(
  door: { url: string; key: string },
  readings: number,
): Promise<{ kib: number; times: number[] }> {
  const connection = await openConnection(door.url, door.key);
  const threadId = await makeThread(connection, 'bench');
  for (let turn = 0; turn < TURNS; turn += 1) {
    await connection.ask('POST', `/threads/${threadId}/runs/wait`, question('bench'));
  }
  const times: number[] = [];
  let bytes = 0;
  for (let reading = 0; reading < readings; reading += 1) {
    const startedAt = performance.now();
    const answer = await connection.ask('POST', `/threads/${threadId}/history`, {
      limit: 100,
      values: false,
    });
    if (answer.status !== 200) throw new Error(`no history was told: ${answer.status} ${answer.body}`);
    times.push(answer.endAt - startedAt);
    ({ bytes } = answer);
  }
  connection.close();
  return { kib: bytes / 1_024, times };
}

async function residentMb(service: ServiceProcess, settleSeconds: number): Promise<number> {
  const looks: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, (settleSeconds * 1_000) / LOOKS));
    looks.push(await service.residentMb());
  }
  return percentile(looks, 0.5);
}
