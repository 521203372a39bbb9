import { describe, expect, it } from 'vitest';
import { mentionsBot, readableText } from '../../../../src/adapters/discord/readable-text.ts';

const names = {
  botId: '10',
  mentions: [{ id: '20', username: 'ada', global_name: 'Ada L' }],
  channelName: (id: string) => (id === '30' ? 'help' : null),
  roleName: (id: string) => (id === '40' ? 'staff' : null),
  botRoleId: '50',
};

describe('the readable text of a message', () => {
  it('loses the mention of the bot and keeps what was asked', () => {
    expect(readableText('<@10> why is <@!20> late?', names)).toBe('why is @Ada L late?');
    expect(readableText('hey <@10> there', names)).toBe('hey there');
    expect(readableText('<@&50> help', names)).toBe('help');
  });

  it('names channels, roles, emoji and commands, and keeps timestamps', () => {
    const content = '<#30> <#31> <@&40> <@&41> <:party:99> <a:wow:98> </ask:97> <t:1700000000:R>';
    expect(readableText(content, names)).toBe(
      '#help #channel @staff @role :party: :wow: /ask <t:1700000000:R>',
    );
  });

  it('is clean of null bytes and lone surrogates', () => {
    expect(readableText('a\u0000b\ud800', names)).toBe('ab\ufffd');
  });

  it('keeps the indentation of text without mentions', () => {
    expect(readableText('a\n    code  here', names)).toBe('a\n    code  here');
  });

  it('tells whether the bot is called', () => {
    expect(mentionsBot('<@10>', '10', null)).toBe(true);
    expect(mentionsBot('<@&50>', '10', '50')).toBe(true);
    expect(mentionsBot('<@&50> <@101>', '10', null)).toBe(false);
  });
});
