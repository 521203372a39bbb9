import { metadataKeyFault } from '../threads/metadata-key.ts';
import { compilePredicate, type Predicate } from './predicate.ts';
import type { Route, RouteInput, RouteTarget, RuleFault } from './route.ts';

/** The rule's name in a decision when no route matched; no route may bear it. */
export const DEFAULT_RULE = 'default';

export interface CompiledRoute {
  readonly name: string;
  readonly to: RouteTarget;
  readonly predicate: Predicate;
}

/** One rule that was looked at, in order. */
export interface ConsideredRule {
  readonly rule: string;
  readonly matched: boolean;
  readonly why: string;
}

/** Which rule a message takes and why; stored with every run. */
export interface RouteDecision {
  readonly rule: string;
  readonly why: string;
  readonly target: RouteTarget;
  /** The rules up to and with the one that matched; those after it were not looked at. */
  readonly considered: readonly ConsideredRule[];
}

/**
 * Compiles routes once, for `decideRoute`. Never throws: faults come with a path that starts with the
 * route's index, and the routes are then not to be used.
 */
export function compileRoutes(routes: readonly Route[]): {
  routes: readonly CompiledRoute[];
  faults: readonly RuleFault[];
} {
  const faults: RuleFault[] = [];
  const names = new Set<string>();
  const compiled = routes.map(({ name, when, to }, index) => {
    if (name === DEFAULT_RULE)
      faults.push({
        path: [index, 'name'],
        message: `"${name}" is the name of what applies when no route matches.`,
      });
    if (names.has(name)) faults.push({ path: [index, 'name'], message: `Another route is named "${name}".` });
    names.add(name);
    for (const key of Object.keys(to.metadata ?? {})) {
      const fault = metadataKeyFault(key);
      if (fault === null) continue;
      faults.push({ path: [index, 'to', 'metadata', key], message: `The metadata key "${key}" ${fault}.` });
    }
    const { predicate, faults: inPredicate } = compilePredicate(when);
    faults.push(...inPredicate.map((fault) => ({ ...fault, path: [index, 'when', ...fault.path] })));
    return { name, to, predicate };
  });
  return { routes: compiled, faults };
}

/** The first route that matches, or the default with an empty target. Pure; missing fields are no errors. */
export function decideRoute(routes: readonly CompiledRoute[], input: RouteInput): RouteDecision {
  const considered: ConsideredRule[] = [];
  for (const { name, to, predicate } of routes) {
    const verdict = predicate(input);
    considered.push({ rule: name, ...verdict });
    if (verdict.matched) return { rule: name, why: verdict.why, target: to, considered };
  }
  const count = considered.length;
  const why =
    count === 0
      ? 'there are no routes, so the default applies'
      : `none of ${count} routes matched, so the default applies`;
  return { rule: DEFAULT_RULE, why, target: {}, considered };
}
