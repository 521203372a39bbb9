import type { RouteInput } from '../../core/routing/route.ts';
import type { HostedModelConfig, ModelReference } from './hosted-model-config.ts';

/** As the configuration writes it. */
export function nameOf({ provider, name }: ModelReference): string {
  return `${provider.name}/${name}`;
}

/** Which models may answer, in the order in which they are asked: what a rule chose, the usual one, the fallbacks. Pure. */
export function choose(
  { use, fallbacks, rules }: Pick<HostedModelConfig, 'use' | 'fallbacks' | 'rules'>,
  question: RouteInput,
): ModelReference[] {
  const chosen = rules.find((rule) => rule.holds(question).matched)?.use ?? use;
  const byName = new Map([chosen, use, ...fallbacks].map((each) => [nameOf(each), each]));
  return [...byName.values()];
}
