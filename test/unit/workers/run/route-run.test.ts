import { expect, test } from 'vitest';
import { compileRoutes } from '../../../../src/core/routing/decide-route.ts';
import type { Run } from '../../../../src/core/runs/run.ts';
import { routedOf, routeRun } from '../../../../src/workers/run/route-run.ts';
import { testScene } from '../../../fixtures/scene.ts';

const { routes } = compileRoutes([
  {
    name: 'billing',
    when: { 'thread.metadata.topic': 'billing' },
    to: { assistant: 'billing', metadata: { queue: 'money' } },
  },
]);

function route(topic: string, run: Partial<Run> = {}) {
  const scene = testScene();
  const thread = { ...scene.thread, metadata: { topic } };
  return routeRun({ routes }, { ...scene.run, ...run }, thread, []);
}

test('a run goes where the rules send it by what its thread says now', () => {
  expect(route('billing')).toMatchObject({
    route: { rule: 'billing' },
    workflow: 'assistant',
    assistantId: 'billing',
    threadMetadata: { queue: 'money' },
  });
  expect(route('other')).toMatchObject({ route: { rule: 'default' }, assistantId: 'support' });
});

test('a run whose route was kept takes it again, with what it sets, whatever its thread says now', () => {
  const billing = route('billing');
  const other = route('other');

  expect(route('other', routedOf(billing))).toEqual(billing);
  expect(route('billing', routedOf(other))).toEqual(other);
});
