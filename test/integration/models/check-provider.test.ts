import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelChecks } from '../../../src/app/model-checks.ts';
import { parseConfig } from '../../../src/app/config/parse-config.ts';
import { type ModelVendor, startModelVendor } from '../../fakes/model-vendor/index.ts';

let vendor: ModelVendor;
beforeAll(async () => {
  vendor = await startModelVendor();
});
afterAll(() => vendor.close());

function check(keys: Record<string, string>) {
  const at = vendor.url;
  const config = parseConfig(
    `assistants:
  a: { model: { use: openai/x, fallbacks: [anthropic/y, gone/z], rules: [{ when: {}, use: openai/w }] } }
  b: { model: offline }
providers:
  openai: { base_url: "${at}" }
  anthropic: { base_url: "${at}/" }
  gone: { base_url: "http://127.0.0.1:1/v1", api_key_env: GONE_KEY }
  unused: { base_url: "${at}" }
`,
    { file: 'test' },
  );
  return modelChecks(config, (name) => keys[name]);
}

test('each provider that is used is asked once whether it is there and takes the key', async () => {
  const key = 'sk-wrong-0123456789';
  const found = await check({ OPENAI_API_KEY: vendor.key, ANTHROPIC_API_KEY: key, GONE_KEY: key });
  expect(
    found.map(({ name, ok, detail, mend }) => [name, ok, detail.replace(/^\S+ /, ''), mend?.slice(0, 25)]),
  ).toEqual([
    ['provider openai', true, 'accepts the key', undefined],
    ['provider anthropic', false, 'does not accept the key (401)', 'Set ANTHROPIC_API_KEY to '],
    ['provider gone', false, 'cannot be reached', 'Look at the address ("bas'],
  ]);
  expect(JSON.stringify(found)).not.toContain(key);
});
