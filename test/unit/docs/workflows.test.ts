import { expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { noTools } from '../../../src/core/ports.ts';
import { plainPrompt } from '../../../src/core/prompts/plain-prompt.ts';
import type { WorkflowContext } from '../../../src/core/workflows/workflow.ts';
import { registryOf, workflows } from '../../../src/workflows/registry.ts';
import { officeHours } from '../../fixtures/workflows/office-hours.ts';
import { blocksIn, projectFile } from './markdown.ts';

const page = projectFile('docs/workflows.md');
const [example, registration, ...others] = blocksIn(page, 'ts');

test('the example is the file that is type-checked and run, seen from its folder in src', () => {
  const fixture = projectFile('test/fixtures/workflows/office-hours.ts');
  const fromSrc = fixture
    .replaceAll("'../../../src/workflows/", "'../")
    .replaceAll("'../../../src/core/", "'../../core/");

  expect(example).toBe(fromSrc);
  expect(others).toEqual([]);
});

test('its registration adds one word to the list as it is', () => {
  const today = registration?.replace(', officeHours', '');

  expect(projectFile('src/workflows/registry.ts')).toContain(today);
  expect(registryOf([...workflows.values(), officeHours]).get('office-hours')).toBe(officeHours);
});

test.each([
  ['2026-03-02T07:59:59Z', '_Our engineers are back at 8:00 UTC. Until then:_\n\nYes.'],
  ['2026-03-02T08:00:00Z', 'Yes.'],
  ['2026-03-02T16:59:59Z', 'Yes.'],
  ['2026-03-02T17:00:00Z', '_Our engineers are back at 8:00 UTC. Until then:_\n\nYes.'],
])('asked at %s it says %j', async (createdAt, expected) => {
  const context = {
    thread: { name: null },
    run: { createdAt: new Date(createdAt) },
    assistant: { id: 'support', name: 'support', instructions: '', maxSteps: 8 },
    model: {
      async *stream() {
        yield { type: 'text', delta: 'Yes.' };
      },
    },
    messages: [],
    toolbox: noTools,
    prompt: plainPrompt,
    clock: systemClock,
    signal: new AbortController().signal,
  } as unknown as WorkflowContext;

  let said = '';
  for await (const event of officeHours.run(context)) if (event.type === 'text') said += event.delta;

  expect(said).toBe(expected);
});
