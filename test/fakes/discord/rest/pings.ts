import type { Context } from '../context.ts';
import type { Json } from '../json.ts';
import { asObject } from '../json.ts';
import type { Pings } from '../mentions.ts';
import { notifies, pingsOf } from '../mentions.ts';

/** Whom the bot's text notifies; anybody at all is a violation, because the bot never pings. */
export function botPings(ctx: Context, what: string, content: string, body: Json): Pings {
  const pings = pingsOf(content, body['allowed_mentions']);
  if (notifies(pings)) {
    const whom = [
      ...(pings.everyone ? ['@everyone'] : []),
      ...pings.userIds.map((id) => `<@${id}>`),
      ...pings.roleIds.map((id) => `<@&${id}>`),
    ];
    ctx.violations.push(`${what} pings ${whom.join(', ')}`);
  }
  return pings;
}

/** Whether a reply notifies the person it answers: the default without `allowed_mentions`. */
export function replyPings(body: Json): boolean {
  const allowed = asObject(body['allowed_mentions']);
  return allowed === undefined || allowed['replied_user'] === true;
}
