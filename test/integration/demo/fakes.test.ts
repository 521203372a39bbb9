import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseEnv } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { readEnvironment } from '../../../src/app/config/environment.ts';
import { ROLES } from '../../../src/app/service.ts';
import { type Started, start } from '../../../src/app/start.ts';
import { createStores, openDatabase } from '../../../src/store/index.ts';
import { fillDocs } from '../../fixtures/fill-docs.ts';
import { testDatabase, testRedis } from '../../fixtures/stores.ts';

const FAKES = fileURLToPath(new URL('../../fakes/main.ts', import.meta.url));
const CONFIG = fileURLToPath(new URL('../../../threadrelay.yaml', import.meta.url));

let fakes: ChildProcess | null = null;
let service: Started | null = null;
afterEach(async () => {
  await service?.stop();
  service = null;
  if (fakes === null || fakes.exitCode !== null) return;
  fakes.kill('SIGKILL');
  await once(fakes, 'exit');
});

async function startFakes() {
  const started = spawn(process.execPath, [FAKES], { stdio: ['pipe', 'pipe', 'inherit'] });
  fakes = started;
  const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
  async function linesUntil(isLast: (line: string) => boolean): Promise<string[]> {
    const seen: string[] = [];
    for (;;) {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the fakes ended after: ${seen.join('\n')}`);
      seen.push(value);
      if (isLast(value)) return seen;
    }
  }
  const printed = await linesUntil((line) => line.includes('Ctrl+C'));
  return {
    process: started,
    environment: parseEnv(printed.join('\n')),
    type: (line: string) => started.stdin.write(`${line}\n`),
    linesUntil,
  };
}

test('the service starts against the environment that the fakes print, and answers who writes at their prompt', {
  timeout: 60_000,
}, async () => {
  const { environment, process: running, type, linesUntil } = await startFakes();
  const mongodbUri = testDatabase();
  const database = await openDatabase({ uri: mongodbUri });
  await fillDocs(createStores(database).knowledge);
  await database.close();
  service = await start({
    environment: readEnvironment({
      ...environment,
      MONGODB_URI: mongodbUri,
      REDIS_URL: testRedis().url,
      PORT: '0',
      LOG_LEVEL: 'silent',
      THREADRELAY_CONFIG: CONFIG,
    }),
    roles: new Set(ROLES),
    searchPath: '',
    progress: () => {},
    log: { isTerminal: false, write: () => {} },
  });

  type('slack #support @bot how do I make an API key? It is about TICKET-7');
  await linesUntil((line) => /^\[1\] bot edit [2-9] .*\.md#[\w-]+\)$/.test(line));
  type('discord help[billing] "A bill" what happens when a worker is killed in the middle of an answer?');
  await linesUntil((line) => /^\[2\] bot edit [2-9] .*\.md#[\w-]+\)$/.test(line));
  type('show 1');
  const [question, , answer] = await linesUntil((line) => line.startsWith('bot: '));
  expect(question).toBe('you: @bot how do I make an API key? It is about TICKET-7');
  expect(answer).toMatch(/^bot: - Make one: `threadrelay keys create/);
  type('show');
  const listed = await linesUntil((line) => line.startsWith('[2]'));
  expect(listed.filter((line) => line.startsWith('violation'))).toEqual([]);

  running.kill('SIGTERM');
  expect(await once(running, 'exit')).toEqual([0, null]);
});

test('the fakes go on when their input ends, and say what they did not understand', async () => {
  const { process: running, type, linesUntil } = await startFakes();
  type('slak #support hello');
  await linesUntil((line) => line.includes('no command "slak"'));
  type('reply 9 hello');
  await linesUntil((line) => line === 'There is no thread 9.');
  type('discord help[nothing] "A" b');
  await linesUntil((line) => line.includes('no tag "nothing"'));
  running.stdin?.end();
  running.kill('SIGTERM');
  expect(await once(running, 'exit')).toEqual([0, null]);
});
