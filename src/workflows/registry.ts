import type { Workflow } from '../core/workflows/workflow.ts';
import { assistant } from './assistant/assistant.ts';

/** Workflows by name. A new one is a folder with one file, and a word in this list. */
export const workflows: ReadonlyMap<string, Workflow> = registryOf([assistant]);

/** @throws TypeError when two workflows bear one name. */
export function registryOf(list: readonly Workflow[]): ReadonlyMap<string, Workflow> {
  const byName = new Map<string, Workflow>();
  for (const workflow of list) {
    if (byName.has(workflow.name)) throw new TypeError(`Two workflows are named "${workflow.name}".`);
    byName.set(workflow.name, workflow);
  }
  return byName;
}
