import type { Logger } from '../../core/logger.ts';
import { noTracing, type Tracing } from '../../core/tracing.ts';
import type { TracingEnvironment } from '../config/environment.ts';

export type OpenTracing = {
  tracing: Tracing;
  /** Hands over the spans that are left, for a short while. Never rejects. */
  stop(): Promise<void>;
};

export type TracingParts = {
  /** Names this process among others of the same service. */
  instanceId: string;
  roles: readonly string[];
  logger: Logger;
  /** Told of spans that the collector did not take. */
  onLost: (spans: number) => void;
};

/** Tracing as the environment asks for it. Without it none of the tracing libraries is loaded: they take memory. */
export async function openTracing(
  environment: TracingEnvironment | undefined,
  parts: TracingParts,
): Promise<OpenTracing> {
  if (environment === undefined) return { tracing: noTracing, stop: async () => {} };
  const { createOtlpTracing } = await import('./otlp-tracing.ts');
  return createOtlpTracing(environment, parts);
}
