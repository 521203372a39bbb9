import type { Decider } from '../../../core/approval/decide-together.ts';
import type { ApiKey } from '../../../core/ports.ts';

/** Who decides by a key, as the decision keeps it. Whoever holds a key that may write decides for its project. */
export function deciderOf({ id, name, hint }: ApiKey): Decider {
  return { by: `key:${id}`, name: name ?? `the API key ${hint}…` };
}
