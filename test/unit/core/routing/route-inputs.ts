import type { RouteInput } from '../../../../src/core/routing/route.ts';

type Given = {
  metadata?: Record<string, unknown>;
  text?: string;
  name?: string;
  author?: RouteInput['author'];
};

/** A message of a Slack thread as routes see it. */
export function routeInput({ metadata = {}, text = 'hello', name, author }: Given = {}): RouteInput {
  return {
    thread: {
      metadata,
      origin: { platform: 'slack', tenant: 'T1', channel: 'C1', thread: '1700000000.000100' },
      ...(name !== undefined && { name }),
    },
    message: { text },
    author: author ?? { id: 'U1', name: 'Ada', roles: ['staff'] },
  };
}
