import { expect, test } from 'vitest';
import { compileRoutes, decideRoute } from '../../../../src/core/routing/decide-route.ts';
import type { Route } from '../../../../src/core/routing/route.ts';
import { routeInput } from './route-inputs.ts';

const ROUTES: readonly Route[] = [
  {
    name: 'paying',
    when: { 'thread.metadata.plan': { $in: ['pro', 'enterprise'] } },
    to: { assistant: 'vip', priority: 10 },
  },
  { name: 'refund', when: { 'message.text': { $regex: 'refund' } }, to: { workflow: 'handoff' } },
  { name: 'also-refund', when: { 'message.text': { $regex: 'refund' } }, to: {} },
];

function decide(given: Parameters<typeof routeInput>[0], routes = ROUTES) {
  const compiled = compileRoutes(routes);
  expect(compiled.faults).toEqual([]);
  return decideRoute(compiled.routes, routeInput(given));
}

test('the first route that matches is taken, and the ones before it say why they did not', () => {
  const decision = decide({ metadata: { plan: 'free' }, text: 'a refund, please' });

  expect(decision.rule).toBe('refund');
  expect(decision.target).toEqual({ workflow: 'handoff' });
  expect(decision.considered).toEqual([
    {
      rule: 'paying',
      matched: false,
      why: "thread.metadata.plan is 'free', wanted one of 'pro', 'enterprise'",
    },
    { rule: 'refund', matched: true, why: 'message.text is 16 characters long, wanted a match of /refund/' },
  ]);
});

test('a field that is not set is said to be not set', () => {
  const [paying] = decide({}).considered;
  expect(paying?.why).toBe("thread.metadata.plan is not set, wanted one of 'pro', 'enterprise'");
});

test('when no route matches the decision says that the default applies', () => {
  const decision = decide({});
  expect(decision).toMatchObject({
    rule: 'default',
    target: {},
    why: expect.stringContaining('none of 3 routes'),
  });
  expect(decision.considered).toHaveLength(3);
});

test('without routes the default applies', () => {
  expect(decide({}, []).why).toBe('there are no routes, so the default applies');
});

test('a route without a condition takes every message', () => {
  expect(decide({}, [{ name: 'all', to: {} }]).rule).toBe('all');
});

test('the text of a message never appears in a reason', () => {
  const decision = decide({ text: 'my secret is 4711' });
  expect(JSON.stringify(decision)).not.toContain('4711');
});

test('long values are cut in reasons', () => {
  const why = decide({ metadata: { plan: '😀'.repeat(5_000) } }).considered[0]?.why ?? '';
  expect(why.length).toBeLessThan(250);
  expect(why.isWellFormed()).toBe(true);
});

test('two routes of one name and a route named default are faults', () => {
  const { faults } = compileRoutes([
    { name: 'a', to: {} },
    { name: 'a', to: {} },
    { name: 'default', to: {} },
  ]);
  expect(faults.map(({ path }) => path)).toEqual([
    [1, 'name'],
    [2, 'name'],
  ]);
});

test('a metadata key that the database would read as a path is a fault of its route', () => {
  const { faults } = compileRoutes([
    { name: 'a', to: { metadata: { 'ticket.id': 1, $x: 2, plan: 'pro', gone: null } } },
  ]);
  expect(faults.map(({ path }) => path.at(-1))).toEqual(['ticket.id', '$x']);
});
