import { expect, test } from 'vitest';
import { isOnLastChance } from '../../../../src/core/runs/last-chance.ts';

test.each([
  { what: 'a first attempt', run: { attempt: 1 }, maxAttempts: 3, is: false },
  { what: 'one that lost its process once', run: { attempt: 2, lostAttempts: 1 }, maxAttempts: 3, is: false },
  { what: 'one that lost it twice', run: { attempt: 3, lostAttempts: 2 }, maxAttempts: 3, is: true },
  { what: 'one that threw twice', run: { attempt: 3 }, maxAttempts: 3, is: false },
  {
    what: 'one that lost its only other attempt',
    run: { attempt: 2, lostAttempts: 1 },
    maxAttempts: 2,
    is: true,
  },
  {
    what: 'one of many attempts that lost two',
    run: { attempt: 3, lostAttempts: 2 },
    maxAttempts: 10,
    is: true,
  },
  {
    what: 'one without attempts left, which is only told',
    run: { attempt: 4, lostAttempts: 3 },
    maxAttempts: 3,
    is: false,
  },
  {
    what: 'the same where there is but one attempt',
    run: { attempt: 2, lostAttempts: 1 },
    maxAttempts: 1,
    is: false,
  },
])('$what of $maxAttempts: on its last chance $is', ({ run, maxAttempts, is }) => {
  expect(isOnLastChance(run, maxAttempts)).toBe(is);
});
