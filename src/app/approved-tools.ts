import type { Tool } from '../assistant/tools/tool.ts';
import type { ApprovalNeed } from '../core/approval/approval.ts';

/** The tools that one entry of an assistant's list stands for. */
export type NamedTools = { entry: string; tools: readonly Tool[] };

/**
 * All tools, each with what must be approved. A tool that two entries bring needs approval when one of them asks for it,
 * whichever of them is called.
 */
export function withApprovals(
  given: readonly NamedTools[],
  approvals: ReadonlyMap<string, ApprovalNeed>,
): readonly Tool[] {
  const needs = new Map<string, NonNullable<Tool['needsApproval']>>();
  for (const { entry, tools } of given) {
    for (const { name, needsApproval } of tools) {
      const need = approvals.get(entry) ?? needsApproval;
      if (need !== undefined && !needs.has(name)) needs.set(name, need);
    }
  }
  return given.flatMap(({ tools }) =>
    tools.map((tool) => {
      const need = needs.get(tool.name);
      return need === undefined ? tool : { ...tool, needsApproval: need };
    }),
  );
}
