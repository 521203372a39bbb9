import type { Message } from '../../../src/core/messages/message.ts';
import type { Run } from '../../../src/core/runs/run.ts';
import { type Answer, type ModelVendor, startModelVendor } from '../../fakes/model-vendor/index.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';
import { runEnds } from '../../fixtures/run-ends.ts';

/** One thing a person said in Slack, and what came of it. */
export type Asked = {
  run: Run;
  /** What the run said, in order. */
  said: readonly Message[];
  /** Results of tools as the model read them in its last request. */
  read: readonly string[];
};

export type SlackRoom = {
  service: RelayService;
  vendor: ModelVendor;
  channel: string;
  user: string;
  /** Says something in a new thread, or in that of `ts`; resolves when the run has begun. */
  say(text: string, ts?: string): Promise<{ ts: string; run: Run }>;
  /** Says it and waits for the whole answer. */
  ask(text: string, ts?: string): Promise<Asked & { ts: string }>;
  ends(run: Run): Promise<Asked>;
  close(): Promise<void>;
};

/** Use a tool, as a vendor's model asks for it. */
export function calls(...uses: { name: string; args: object }[]): Answer {
  return { kind: 'says', calls: uses.map((use, index) => ({ id: `c${index + 1}`, ...use })) };
}

/**
 * The whole service with Slack and a vendor of models: `config` has assistants whose models are `local/NAME`. The vendor's
 * key is in the environment, with what else is given.
 */
export async function openSlackRoom(
  config: string,
  environment: Record<string, string> = {},
): Promise<SlackRoom> {
  const vendor = await startModelVendor();
  const service = await startRelayService({
    config: `
projects: { default: {} }
providers: { local: { base_url: "${vendor.url}", api_key_env: LOCAL_KEY } }
slack: { answer: every_message }
${config}`,
    discord: false,
    slack: { limits: false },
    logLevel: 'debug',
    environment: { LOCAL_KEY: vendor.key, ...environment },
  });
  const { slack, stores } = service;
  const { id: channel } = slack.addChannel({ name: 'support' });
  const { id: user } = slack.addUser({ name: 'Ada' });

  async function say(text: string, given?: string) {
    const { ts } = slack.say({ channel, user, text, ...(given === undefined ? {} : { threadTs: given }) });
    const origin = { platform: 'slack', tenant: slack.teamId, channel, thread: given ?? ts } as const;
    const run = await eventually(async () => {
      const thread = await stores.threads.findByOrigin(origin);
      const message = thread === null ? null : await stores.messages.findBySource(thread.id, ts);
      const runs = thread === null ? [] : await stores.runs.listByThread(thread.id, 5);
      return runs.find(({ triggerMessageIds }) => triggerMessageIds.includes(message?.id ?? '')) ?? null;
    }, 'a run is there');
    return { ts: given ?? ts, run };
  }

  async function ends(begun: Run): Promise<Asked> {
    const run = await runEnds(stores, { threadId: begun.threadId, runId: begun.id });
    await eventually(async () => {
      const delivery = await stores.deliveries.find({ threadId: run.threadId, runId: run.id });
      return delivery?.status === 'done' ? delivery : null;
    }, 'the answer is delivered');
    const messages = await stores.messages.tail(run.threadId, 50);
    const asked = vendor.requests.at(-1)?.body['messages'];
    const sent: { role: string; content: string }[] = Array.isArray(asked) ? asked : [];
    return {
      run,
      said: messages.filter(({ runId }) => runId === run.id),
      read: sent.filter(({ role }) => role === 'tool').map(({ content }) => content),
    };
  }

  return {
    service,
    vendor,
    channel,
    user,
    say,
    ends,
    async ask(text, given) {
      const { ts, run } = await say(text, given);
      return { ts, ...(await ends(run)) };
    },
    async close() {
      await service.close();
      await vendor.close();
    },
  };
}
