import { Command } from 'commander';
import { sentenceOf } from '../../src/app/serve.ts';
import type { LocalStores, ReadyStore } from '../../src/app/local-stack/stores.ts';
import { type ApiReport, apiReport } from './api-report.ts';
import { apiPrinter } from './print-api.ts';
import { type ConversationReport, conversationReport } from './conversation-report.ts';
import { DemoFailure } from './demo-failure.ts';
import { askedLine, readBackLines, revisionLine } from './print.ts';
import { runDemo } from './run-demo.ts';

/** Stopping takes well under a second; a demo that hangs must still end. */
const STOP_WITHIN_MS = 10_000;
const INTERRUPTED = 130;

const { json } = new Command('npm run demo --')
  .description(
    'Brings up MongoDB, Redis, the service, and a Slack and a Discord on loopback. Two people ask; their answers ' +
      'grow edit by edit; then everything is read back from the database and the platforms and compared; then a ' +
      'program looks at it over HTTP and asks a question itself. ' +
      'No real workspace is touched.',
  )
  .option('--json', 'print one JSON object on standard output and everything else on standard error', false)
  .parse()
  .opts<{ json: boolean }>();
process.exitCode = await main(json);

async function main(json: boolean): Promise<number> {
  const stream = json ? process.stderr : process.stdout;
  const say = (line: string) => void stream.write(`${line}\n`);
  const interrupt = new AbortController();
  // Every time, not once: npm passes on a signal that the terminal has sent already.
  const onSignal = () => {
    if (interrupt.signal.aborted) return;
    interrupt.abort(new DemoFailure('Interrupted.'));
    setTimeout(() => process.exit(INTERRUPTED), STOP_WITHIN_MS).unref();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);

  let stores: LocalStores | null = null;
  const conversations: ConversationReport[] = [];
  let api: ApiReport | null = null;
  let faults: string[];
  try {
    faults = await runDemo(
      process.env,
      {
        progress: say,
        log: { isTerminal: process.stderr.isTTY, write: (line) => void process.stderr.write(line) },
        stores(ready) {
          stores = ready;
          say(`${ready.mongodb.why}.`);
          say(`${ready.redis.why}.`);
        },
        asked: (conversation, question) => say(askedLine(conversation, question)),
        seen: (revision) => say(revisionLine(revision)),
        readBack(conversation, result) {
          if (conversations.length === 0) say('\nRead back from the database and the platforms:');
          conversations.push(conversationReport(result));
          for (const line of readBackLines(conversation, result)) say(line);
        },
        api: apiPrinter(say, (result) => {
          api = apiReport(result);
        }),
      },
      interrupt.signal,
    );
  } catch (thrown) {
    faults = [thrown instanceof DemoFailure ? thrown.message : sentenceOf(thrown)];
  }
  const ok = faults.length === 0;
  const seconds = Number(process.uptime().toFixed(2));
  say(ok ? `\nAll as promised, in ${seconds} s.` : '');
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  if (json) {
    const report = { ok, seconds, stores: storesReport(stores), conversations, api };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }
  if (interrupt.signal.aborted) return INTERRUPTED;
  return ok ? 0 : 1;
}

/** A store that was not reached is null. */
function storesReport(stores: LocalStores | null) {
  const report = (store: ReadyStore | undefined) =>
    store === undefined ? null : { version: store.version, source: store.source };
  return { mongodb: report(stores?.mongodb), redis: report(stores?.redis) };
}
