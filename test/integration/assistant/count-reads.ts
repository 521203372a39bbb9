import type { Database } from '../../../src/store/index.ts';

/** What a thread's length could make more: all else is counted by test/integration/queue/command-counts.test.ts. */
const COUNTED = new Set(['messages', 'summaries', 'checkpoints']);

/** Counts the commands on collections of threads and the documents that they answer, until `stop`. */
export function countReads({ connection }: Database) {
  const client = connection.getClient();
  const open = new Map<number, string>();
  const commands: Record<string, number> = {};
  let documents = 0;
  const started = (event: { requestId: number; commandName: string; command: object }) => {
    const named: unknown = Reflect.get(
      event.command,
      event.commandName === 'getMore' ? 'collection' : event.commandName,
    );
    if (typeof named === 'string' && COUNTED.has(named)) {
      open.set(event.requestId, `${event.commandName} ${named}`);
    }
  };
  const succeeded = ({ requestId, reply }: { requestId: number; reply: unknown }) => {
    const command = open.get(requestId);
    if (command === undefined) return;
    commands[command] = (commands[command] ?? 0) + 1;
    documents += documentsIn(reply);
  };
  client.on('commandStarted', started);
  client.on('commandSucceeded', succeeded);
  return {
    stop() {
      client.off('commandStarted', started);
      client.off('commandSucceeded', succeeded);
      return { commands, documents };
    },
  };
}

function documentsIn(reply: unknown): number {
  if (reply === null || typeof reply !== 'object' || !('cursor' in reply)) return 0;
  const { cursor } = reply;
  if (cursor === null || typeof cursor !== 'object') return 0;
  return Object.values(cursor).reduce((total, each) => total + (Array.isArray(each) ? each.length : 0), 0);
}
