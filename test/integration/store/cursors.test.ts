import { afterEach, beforeEach, expect, test } from 'vitest';
import { createStores, type Database, openDatabase, type Stores } from '../../../src/store/index.ts';
import { testDatabase } from '../../fixtures/stores.ts';

let database: Database;
let stores: Stores;
beforeEach(async () => {
  database = await openDatabase({ uri: testDatabase() });
  stores = createStores(database);
});
afterEach(() => database.close());

test('a cursor never goes back, in whatever order processes save it', async () => {
  const { cursors } = stores;
  const positions = Array.from({ length: 40 }, (_, index) => `1700000000.${String(index).padStart(6, '0')}`);
  const shuffled = positions.toSorted((a, b) => Number(a.at(-1)) - Number(b.at(-1)));
  await Promise.all(shuffled.map((position) => cursors.save(new Map([['slack:T1:C1', position]]))));
  await cursors.save(new Map([['slack:T1:C1', '1600000000.000000']]));
  expect(await cursors.load(['slack:T1:C1'])).toEqual(new Map([['slack:T1:C1', positions.at(-1)]]));
});

test('cursors are kept apart, and unknown ones are left out', async () => {
  const { cursors } = stores;
  await cursors.save(new Map());
  await cursors.save(
    new Map([
      ['slack:T1:C1', '2'],
      ['discord:1', '5'],
    ]),
  );
  await cursors.save(new Map([['discord:1', '4']]));
  expect(await cursors.load(['slack:T1:C1', 'discord:1', 'discord:2'])).toEqual(
    new Map([
      ['slack:T1:C1', '2'],
      ['discord:1', '5'],
    ]),
  );
});
