import { expect, test } from 'vitest';
import { ConfigurationError } from '../../../../src/app/config/configuration-error.ts';
import { parseConfig } from '../../../../src/app/config/parse-config.ts';
import { withApprovals } from '../../../../src/app/approved-tools.ts';
import { defineTool } from '../../../../src/assistant/tools/tool.ts';
import { z } from 'zod';

const config = (approval: string) =>
  parseConfig(
    `
assistants:
  support:
    model: { provider: scripted, reply: hi }
    tools: [search_thread, run_code]
    approval: ${approval}
`,
    { file: 'test.yaml' },
  ).assistants.get('support')?.approvals;

test('a tool may need the approval of whoever asked, for a day, or of people who are named', () => {
  expect(config('{ run_code: true, search_thread: { by: [U1], hours: 2 } }')).toEqual(
    new Map([
      ['run_code', { by: null, hours: 24 }],
      ['search_thread', { by: ['U1'], hours: 2 }],
    ]),
  );
});

test.each([
  ['{ run_cod: true }', `is not an entry of this assistant's "tools". Did you mean "run_code"?`],
  ['{ run_code: { by: [] } }', 'approval.run_code'],
  ['{ run_code: { hours: 0 } }', 'approval.run_code'],
  // What is no "yes" is no "no" either: it would look as if it were off.
  ['{ run_code: false }', 'approval.run_code'],
])('approval %s is a fault that is told', (approval, told) => {
  expect(() => config(approval)).toThrow(ConfigurationError);
  expect(() => config(approval)).toThrow(told);
});

test('a tool that two entries bring needs approval when one of them asks for it, whichever comes first', () => {
  const tool = defineTool({
    name: 'refund',
    description: '',
    input: z.object({}),
    execute: async () => null,
  });
  const need = { by: null, hours: 24 };
  const given = [
    { entry: 'mcp:shop', tools: [tool] },
    { entry: 'mcp:shop/refund', tools: [tool] },
  ];
  const all = withApprovals(given, new Map([['mcp:shop/refund', need]]));
  expect(all.map(({ needsApproval }) => needsApproval)).toEqual([need, need]);
  expect(withApprovals(given, new Map()).map(({ needsApproval }) => needsApproval)).toEqual([
    undefined,
    undefined,
  ]);
});
