import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { BOT_EVENTS, BOT_SCOPES, SLASH_COMMANDS } from '../../../../src/adapters/slack/permissions.ts';

const manifest = parse(readFileSync(new URL('../../../../slack-manifest.yaml', import.meta.url), 'utf8'));

test('the manifest asks for the scopes that the code needs, and no others', () => {
  expect(manifest.oauth_config.scopes.bot).toEqual(Object.keys(BOT_SCOPES));
});

test('the manifest subscribes to the events that the code handles, and no others', () => {
  expect(manifest.settings.event_subscriptions.bot_events).toEqual([...BOT_EVENTS]);
});

test('the manifest declares the commands that the code takes, and no others', () => {
  const declared: { command: string }[] = manifest.features.slash_commands;
  expect(declared.map(({ command }) => command)).toEqual(SLASH_COMMANDS.map((name) => `/${name}`));
});

test('one paste makes an app with Socket Mode, buttons, direct messages and the agent view', () => {
  expect(manifest.settings.interactivity.is_enabled).toBe(true);
  expect(manifest.settings.socket_mode_enabled).toBe(true);
  expect(manifest.features.app_home.messages_tab_read_only_enabled).toBe(false);
  expect(manifest.features.assistant_view.assistant_description).not.toBe('');
});
