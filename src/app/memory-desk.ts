import { createMemoryDesk, type MemoryDeskParts } from '../core/memory/memory-desk.ts';
import type { MemoryDesk } from '../core/ports.ts';
import type { ConfigSource } from './config/config-source.ts';

/** The desk for people's commands about memories, where an assistant has one when the service starts. */
export function memoryDeskOf(
  config: ConfigSource,
  parts: Omit<MemoryDeskParts, 'bindings'>,
): { memoryDesk?: MemoryDesk } {
  const hasMemory = [...config.current().assistants.values()].some(({ memory }) => memory);
  if (!hasMemory) return {};
  return { memoryDesk: createMemoryDesk({ ...parts, bindings: () => config.current().bindings }) };
}
