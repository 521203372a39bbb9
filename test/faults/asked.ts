import { expect } from 'vitest';
import type { Platform } from '../../src/core/origin.ts';
import type { RelayService } from '../fixtures/relay-service.ts';
import { checkHistory } from './checker/check-history.ts';
import { type Conversation, faithful, prepare, settled } from '../integration/delivery/conversations.ts';

const PLATFORMS: readonly Platform[] = ['slack', 'discord'];

/** Asks `count` questions, on Slack and on Discord in turn. */
export function askBoth(house: RelayService, count: number, text = 'Hello?'): Conversation[] {
  return prepareBoth(house, count).map((askThere) => askThere(text));
}

/** The places for `count` questions, on Slack and on Discord in turn. */
export function prepareBoth(house: RelayService, count: number): ((text: string) => Conversation)[] {
  return Array.from({ length: count }, (_, index) =>
    prepare(house, PLATFORMS[index % PLATFORMS.length] ?? 'slack'),
  );
}

/** Waits for the end of the conversation's run and delivery; fails unless people see what is stored, in one message. */
export async function expectWhole(
  house: RelayService,
  talk: Conversation,
  withinMs = 120_000,
): Promise<void> {
  const { got, wanted } = faithful(talk, await settled(house, talk, withinMs));
  expect(got).toEqual(wanted);
  expect(talk.shown()).toHaveLength(1);
}

/** Fails when anything is wrong with what the fakes recorded and what is stored. */
export async function expectFaultless(houses: readonly RelayService[]): Promise<void> {
  for (const house of houses) expect(await checkHistory(house)).toEqual([]);
}
