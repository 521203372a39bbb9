import { setTimeout as pause } from 'node:timers/promises';
import { createSlackFake } from '../fakes/slack/index.ts';
import { defineBench } from './bench.ts';
import { openLoad, scriptedConfig } from './load.ts';
import { percentile, spread } from './statistics.ts';

const LOST_AFTER_MS = 60_000;

export const recover = defineBench({
  name: 'recover',
  about:
    'a worker is killed in mid-answer; another goes on: from the kill to the next edit of the same message',
  sizes: {
    samples: { full: 30, quick: 1, about: 'kills' },
    tokens: { full: 300, quick: 300, about: 'tokens of each answer, 20 a second' },
  },
  async measure(lab, size) {
    const slack = await createSlackFake({ limits: false });
    lab.onClose(() => slack.close());
    await openLoad(lab);
    const config = scriptedConfig(size('tokens'), 50);
    const tokens = {
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_APP_TOKEN: slack.appToken,
      SLACK_API_URL: slack.url,
    };
    await lab.startService('slack', config, tokens);
    await slack.until('the service has a socket', () => slack.connections === 1);
    const { id: user } = slack.addUser();
    const continueMs: number[] = [];
    let worker = await lab.startService('worker', config, tokens);

    for (let sample = 0; sample < size('samples'); sample += 1) {
      const channel = slack.addChannel({ name: `help-${sample}` }).id;
      const { ts } = slack.say({ channel, user, text: `question ${sample}` });
      const answer = () => slack.thread(channel, ts)[1];
      const revisions = () => answer()?.revisions.length ?? 0;
      await slack.until('the answer grows', () => revisions() >= 2, LOST_AFTER_MS);
      const messageTs = answer()?.ts;
      // The one that goes on is up already, as in a deployment of two; the killed one alone held the answer.
      const next = await lab.startService('worker', config, tokens);
      await pause(Math.random() * 1_000);
      await worker.kill();
      const killedAt = Date.now();
      const seen = revisions();
      await slack.until('the answer goes on', () => revisions() > seen, LOST_AFTER_MS);
      const edit = answer()?.revisions[seen];
      if (answer()?.ts !== messageTs || edit === undefined) throw new Error('another message went on');
      continueMs.push(edit.at - killedAt);
      await slack.until(
        'it is whole',
        () => (answer()?.visible ?? '').endsWith(`token${size('tokens')}`),
        LOST_AFTER_MS,
      );
      if (slack.thread(channel, ts).length !== 2) throw new Error('a second answer was posted');
      worker = next;
    }
    return {
      figures: {
        continue_ms_p50: percentile(continueMs, 0.5),
        continue_ms_p99: percentile(continueMs, 0.99),
      },
      notes: [`kill to the next edit: ${spread(continueMs)}`],
    };
  },
});
