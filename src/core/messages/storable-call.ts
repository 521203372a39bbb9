import { LIMITS } from '../limits.ts';
import { storageFault } from '../threads/storable.ts';
import type { ToolCall } from './message.ts';

/**
 * The call as it can be kept. Arguments that no database takes (a key with a null byte, too many levels) are left out as a
 * whole: a tool that needs them says so, and the run does not fail over what a model made up.
 */
export function storableCall({ id, name, args }: ToolCall): ToolCall {
  return { id, name, args: storageFault(args, 'args', LIMITS.storedLevels) === null ? args : {} };
}
