import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ModelVendor, startModelVendor } from '../../fakes/model-vendor/index.ts';
import { pngOf } from '../../fixtures/pictures.ts';
import { type RelayService, startRelayService } from '../../fixtures/relay-service.ts';

let vendor: ModelVendor;
let service: RelayService;
let channel: string;
let ada: string;
beforeAll(async () => {
  vendor = await startModelVendor();
  const { url, key } = vendor;
  const environment = { OPENAI_API_KEY: key, ANTHROPIC_API_KEY: key, LOCAL_API_KEY: key };
  service = await startRelayService({ config: configOf(url), environment });
  channel = service.slack.addChannel({ name: 'support' }).id;
  ada = service.slack.addUser({ name: 'Ada' }).id;
});
afterAll(async () => {
  await service.close();
  await vendor.close();
});

/** An assistant for each model; the first word of a message says which. */
function configOf(url: string): string {
  const models = {
    openai: 'openai/gpt-x',
    anthropic: 'anthropic/claude-x',
    local: 'local/llava',
    unseeing: '{ use: openai/text-only, sees: false }',
    blind: 'local/blind-llama',
  };
  const names = Object.entries(models);
  return `
projects: { default: {} }
providers:
  openai: { base_url: "${url}" }
  anthropic: { base_url: "${url}" }
  local: { base_url: "${url}", api_key_env: LOCAL_API_KEY }
assistants:
${names.map(([name, model]) => `  ${name}: { model: ${model} }`).join('\n')}
routes:
${names.map(([name]) => `  - { name: ${name}, when: { message.text: { $regex: "^${name}" } }, to: { assistant: ${name} } }`).join('\n')}
limits: { runs_per_user_per_minute: 0 }
slack: { answer: every_message }
discord: { answer: every_message }
`;
}

type Sent = { name: string; content: Buffer };

/** Sends it in Slack, in a new thread or that one, and waits for all of the answer. */
async function inSlack(text: string, sent: Sent[], thread?: string) {
  const { slack } = service;
  const files = sent.map(({ name, content }) => ({ name, content, mimetype: 'image/png' }));
  const { ts } = slack.say({ channel, user: ada, text, files, ...(thread && { threadTs: thread }) });
  const root = thread ?? ts;
  const answer = () => slack.thread(channel, root).at(-1)?.visible ?? '';
  await slack.until('it is answered', () => answer().includes('Hello from'), 10_000);
  return { root, answer: answer() };
}

/** In Discord, in a forum post of its own. */
async function inDiscord(text: string, { name, content }: Sent) {
  const { discord } = service;
  const forum = discord.addForum({ name: 'help' }).id;
  const attachments = [{ filename: name, content, contentType: 'image/png' }];
  const bea = discord.addUser({ name: 'Bea' });
  const { threadId } = discord.createForumPost({ forum, user: bea, title: 'Look', text, attachments });
  const answer = () => discord.botMessages(threadId)[0]?.content ?? '';
  await discord.until(() => answer().includes('Hello from'), 10_000);
  return { answer: answer() };
}

/** The newest request to a model, and what its newest message holds. */
function sentTo(model: string) {
  const body = vendor.requests.findLast((request) => request.body['model'] === model)?.body ?? {};
  const messages = [body['input'] ?? body['messages']].flat();
  const { content } = Object(messages.at(-1));
  return { content, text: JSON.stringify(body) };
}

const SHOT = pngOf(40);
const DATA = SHOT.toString('base64');
const URL_OF_DATA = `data:image/png;base64,${DATA}`;

describe.each([
  ['openai', 'gpt-x', { type: 'input_image', image_url: URL_OF_DATA }, 'input_text'],
  ['local', 'llava', { type: 'image_url', image_url: { url: URL_OF_DATA } }, 'text'],
  [
    'anthropic',
    'claude-x',
    { type: 'image', source: { type: 'base64', media_type: 'image/png', data: DATA } },
    'text',
  ],
])('a model of %s', (assistant, model, picture, type) => {
  const expected = (text: string) => [{ type, text: expect.stringContaining(text) }, picture];

  test('is shown a picture that somebody attached in Slack', async () => {
    const { answer, root } = await inSlack(`${assistant} see`, [{ name: 'shot.png', content: SHOT }]);
    expect(answer).toBe(`Hello from ${model}.`);
    expect(sentTo(model).content).toMatchObject(expected(`${assistant} see`));
    // And it stays in the conversation
    await inSlack(`${assistant} again`, [], root);
    expect(sentTo(model).text).toContain(DATA);
  });

  test('is shown a picture that somebody attached in Discord', async () => {
    const { answer } = await inDiscord(`${assistant} see`, { name: 'shot.png', content: SHOT });
    expect(answer).toBe(`Hello from ${model}.`);
    expect(sentTo(model).content).toMatchObject(expected(`${assistant} see`));
  });
});

describe.each([
  ['Slack', (text: string, sent: Sent) => inSlack(text, [sent])],
  ['Discord', inDiscord],
])('in %s', (_platform, send) => {
  test('a picture is not shown to a model that does not see, and people are told so', async () => {
    const { answer } = await send('unseeing see', { name: 'shot.png', content: SHOT });
    expect(answer).toContain('"shot.png" is a picture, and I cannot look at pictures.');
    expect(answer).toContain('Hello from text-only.');
    const { text } = sentTo('text-only');
    expect(text).not.toContain(DATA);
    expect(text).toContain('\\"shot.png\\" (image/png): a picture, which you cannot see.');
  });

  test.each([
    ['bytes', Buffer.concat([SHOT, Buffer.alloc(3_750_001)]), '(over 3.75 MB)'],
    ['pixels', pngOf(40, { width: 60_000, height: 60_000 }), '(60,000 × 60,000 pixels, and 8,000 a side'],
    ['pixels on one side', pngOf(40, { width: 1, height: 8_001 }), '(1 × 8,001 pixels, and 8,000 a side'],
  ])(
    'a picture of too many %s is told of, shown to no model, and the rest is answered',
    async (_of, content, why) => {
      const asked = vendor.requests.length;
      const { answer } = await send('anthropic see', { name: 'huge.png', content });
      expect(answer).toContain(`"huge.png" is too large for a picture ${why}`);
      expect(answer).toContain('Hello from claude-x.');
      expect(vendor.requests.length).toBe(asked + 1);
      expect(sentTo('claude-x').text).not.toContain('"type":"image"');
    },
  );
});

test('a picture of the largest size is shown', async () => {
  const content = pngOf(40, { width: 8_000, height: 8_000 });
  const { answer } = await inSlack('anthropic see', [{ name: 'large.png', content }]);
  expect(answer).toBe('Hello from claude-x.');
  expect(sentTo('claude-x').text).toContain(content.toString('base64'));
});

test('a picture whose header is broken is told of', async () => {
  const { answer } = await inSlack('openai see', [{ name: 'torn.png', content: SHOT.subarray(0, 10) }]);
  expect(answer).toContain('"torn.png" is a picture that is broken, or cut off.');
  expect(answer).toContain('Hello from gpt-x.');
});

test('what is too large for any model is of no matter to one that does not see', async () => {
  const content = pngOf(40, { width: 60_000, height: 1 });
  const { answer } = await inSlack('unseeing see', [{ name: 'wide.png', content }]);
  expect(answer).toContain('"wide.png" is a picture, and I cannot look at pictures.');
});

test.each([
  ['a picture that only its provider finds broken', 'openai', 'gpt-x', SHOT.subarray(0, -12)],
  ['a model that sees nothing though it is said to', 'blind', 'blind-llama', SHOT],
])(
  'with %s, the conversation is answered without pictures, and says so',
  async (_case, assistant, model, content) => {
    const without = 'so this answer is given without looking at pictures.';
    const first = await inSlack(`${assistant} see`, [{ name: 'shot.png', content }]);
    expect(first.answer).toContain(without);
    expect(first.answer).toContain(`Hello from ${model}.`);
    expect(sentTo(model).text).not.toContain(content.toString('base64'));
    // The picture is still in the conversation, which goes on all the same
    const next = await inSlack(`${assistant} go on`, [], first.root);
    expect(next.answer).toContain(`Hello from ${model}.`);
  },
);
