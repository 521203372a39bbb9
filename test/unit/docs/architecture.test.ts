import { expect, test } from 'vitest';
import { CRASH_POINTS } from '../../../src/core/crash-points.ts';
import {
  DELIVERY_STATUSES,
  type DeliveryTransition,
  nextDeliveryStatus,
  OPEN_DELIVERY_STATUSES,
} from '../../../src/core/deliveries/delivery-lifecycle.ts';
import { PACER_TRANSITIONS } from '../../../src/core/pacing/edit-pacer.ts';
import {
  isTerminal,
  nextRunStatus,
  RUN_STATUSES,
  RUN_TRANSITIONS,
} from '../../../src/core/runs/run-lifecycle.ts';
import { TIMINGS } from '../../../src/core/timings.ts';
import { blocksIn, codeRows, projectFile, section } from './markdown.ts';

const page = projectFile('docs/architecture.md');

/** The edges of the one diagram in a section, as `from --> to: label`. */
function edges(heading: string): string[] {
  const [diagram = ''] = blocksIn(section(page, heading), 'mermaid');
  return diagram
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes('-->'))
    .toSorted();
}

test('the diagram of a run is its table of transitions', () => {
  const table = RUN_STATUSES.flatMap((status) =>
    RUN_TRANSITIONS.flatMap((transition) => {
      const next = nextRunStatus(status, transition);
      return next === null ? [] : [`${status} --> ${next}: ${transition}`];
    }),
  );
  const ends = RUN_STATUSES.filter(isTerminal).map((status) => `${status} --> [*]`);

  expect(edges('### A run')).toEqual([...table, ...ends, '[*] --> queued'].toSorted());
});

test('the diagram of a delivery is its table of transitions', () => {
  const transitions: DeliveryTransition[] = ['claim', 'claim_ended', 'complete', 'fail'];
  const table = DELIVERY_STATUSES.flatMap((status) =>
    transitions.flatMap((transition) => {
      const next = nextDeliveryStatus(status, transition);
      return next === null ? [] : [`${status} --> ${next}: ${transition}`];
    }),
  );
  const ends = DELIVERY_STATUSES.filter((status) => !OPEN_DELIVERY_STATUSES.includes(status)).map(
    (status) => `${status} --> [*]`,
  );

  expect(edges('### A delivery')).toEqual([...table, ...ends, '[*] --> pending'].toSorted());
});

test("the diagram of a delivery's writes is the pacer's table, but for what changes no phase", () => {
  const changing = Object.entries(PACER_TRANSITIONS).flatMap(([phase, inputs]) =>
    Object.entries(inputs)
      .filter(([, next]) => next !== phase)
      .map(([input, next]) => `${phase} --> ${next}: ${input}`),
  );
  // Conditions stand in parentheses: they follow from the state, not from one input.
  const drawn = edges("### A delivery's writes").filter((edge) => !/\(|\[\*\]/.test(edge));

  expect(drawn).toEqual(changing.toSorted());
});

test('the times are those of the code', () => {
  const told = codeRows(section(page, '## Times')).map(([name, value]) => [name, Number(value)]);

  expect(Object.fromEntries(told)).toEqual(TIMINGS);
});

test('the failure table has a row for every crash point, in order', () => {
  const rows = codeRows(section(page, '### A process is killed')).map(([name]) => name);

  expect(rows).toEqual([...CRASH_POINTS]);
});
