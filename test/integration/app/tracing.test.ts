import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { CrashPoint } from '../../../src/core/crash-points.ts';
import { spawnWorker } from '../../faults/spawn-worker.ts';
import { eventually } from '../../fixtures/eventually.ts';
import { type CollectedSpan, startOtlpCollector } from '../../fixtures/otlp-collector.ts';
import { readMetrics } from '../../fixtures/read-metrics.ts';
import { ECHO, startRelayService } from '../../fixtures/relay-service.ts';
import { ask, settled } from '../delivery/conversations.ts';
import { spawnThreadrelay } from './service-process.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  while (closing.length > 0) await closing.pop()?.();
});

/** Enough that with two workers a run and its delivery fall to different ones. */
const QUESTIONS = 12;

test('one trace joins event, run and delivery, made by different processes, also when a sweep found the run', async () => {
  const collector = await startOtlpCollector();
  closing.push(() => collector.close());
  const lost: string[] = [];
  const crash = async (point: CrashPoint) => {
    if (point !== 'ingest.before_ring' || lost.length > 0) return;
    lost.push(point);
    throw new Error('the doorbell is lost');
  };
  // Given a receiver in this process and two workers in processes of their own
  const house = await startRelayService({
    config: ECHO,
    discord: false,
    slack: { limits: false },
    roles: [['slack']],
    crash,
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_SERVICE_NAME: 'tested' },
  });
  closing.push(() => house.close());
  const workers = [1, 2].map(() =>
    spawnWorker({ environment: house.environment, config: ECHO, roles: ['worker'] }),
  );
  closing.push(() => Promise.all(workers.map((worker) => worker.stop())));
  await Promise.all(workers.map((worker) => worker.ready));

  // When questions are answered, the first of which by a sweep
  const ends = [];
  for (let count = 0; count < QUESTIONS; count += 1) {
    ends.push(await settled(house, ask(house, 'slack', 'Hello?'), 30_000));
  }

  // Then each has one trace with everything in it
  expect(lost).toHaveLength(1);
  const tracesOf = async (runId: string) =>
    eventually(
      () => {
        const ofRun = collector.spans.filter(({ attributes }) => attributes['threadrelay.run.id'] === runId);
        const admitted = ofRun.find(({ attributes }) => attributes['threadrelay.admission'] === 'admitted');
        const trace = collector.spans.filter(({ traceId }) => traceId === admitted?.traceId);
        const names = new Set(trace.map(({ name }) => name));
        return names.has('run execute') && names.has('delivery relay') ? trace : null;
      },
      `the trace of ${runId} is collected`,
      20_000,
    );
  const traces = await Promise.all(ends.map(({ run }) => tracesOf(run.id)));
  const named = (trace: CollectedSpan[], name: string) => {
    const found = trace.find((span) => span.name === name);
    if (found === undefined)
      throw new Error(`no span ${name} among ${trace.map((span) => span.name).join()}`);
    return found;
  };
  for (const trace of traces) {
    const received = named(trace, 'event receive');
    expect(received.parentSpanId).toBe(undefined);
    expect(named(trace, 'run execute')).toMatchObject({
      parentSpanId: received.spanId,
      attributes: { 'threadrelay.run.outcome': 'succeeded' },
    });
    const delivered = named(trace, 'delivery relay');
    expect(delivered).toMatchObject({
      parentSpanId: received.spanId,
      attributes: { 'threadrelay.delivery.outcome': 'done' },
    });
    expect(named(trace, 'platform post')).toMatchObject({
      parentSpanId: delivered.spanId,
      instance: delivered.instance,
    });
    expect(received.instance).not.toBe(delivered.instance);
  }
  const instances = traces.map((trace) => new Set(trace.map(({ instance }) => instance)).size);
  expect(Math.max(...instances), 'processes of one trace').toBe(3);
  // And no word of what was said
  expect(collector.requests.map(({ body }) => body).join('')).not.toContain('Hello');
  expect(collector.requests[0]?.body).toContain('"tested"');
}, 120_000);

test('a collector that is away costs spans and nothing else, and the operator sees it', async () => {
  const collector = await startOtlpCollector();
  await collector.close();
  const house = await startRelayService({
    config: ECHO,
    discord: false,
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url },
  });
  let isClosed = false;
  closing.push(async () => (isClosed ? undefined : house.close()));

  const { run, delivery } = await settled(house, ask(house, 'slack', 'Hello?'));

  expect([run.status, delivery.status]).toEqual(['succeeded', 'done']);
  const url = house.services[0]?.url ?? '';
  await eventually(
    async () => ((await readMetrics(url))('threadrelay_trace_spans_lost_total') === 0 ? null : true),
    'the spans are counted as lost',
    30_000,
  );
  expect(house.log.map(({ msg }) => msg)).toContain(
    'the OpenTelemetry collector did not take spans; nothing else suffers',
  );
  await settled(house, ask(house, 'slack', 'And now?'));
  const startedAt = performance.now();
  isClosed = true;
  await house.close();
  expect(performance.now() - startedAt).toBeLessThan(8_000);
}, 90_000);

test('a trace that is not sampled is not sampled anywhere', async () => {
  const collector = await startOtlpCollector();
  closing.push(() => collector.close());
  const house = await startRelayService({
    config: ECHO,
    discord: false,
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0' },
  });
  const { run } = await settled(house, ask(house, 'slack', 'Hello?'));
  expect(run.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  // A stop hands over all spans that there are.
  await house.close();
  expect(collector.spans).toEqual([]);
}, 60_000);

test('nothing of tracing is loaded or stored unless a collector is named', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'threadrelay-test-'));
  closing.push(() => rm(cwd, { recursive: true, force: true }));
  const hook = `import { registerHooks } from 'node:module';
    registerHooks({ resolve(specifier, context, next) {
      if (specifier.startsWith('@opentelemetry/sdk-trace')) process.stderr.write('resolves ' + specifier + '\\n');
      return next(specifier, context);
    } });`;
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
  const loads = async (env: Record<string, string>) => {
    const service = spawnThreadrelay(['start'], { NODE_OPTIONS, ...env }, cwd);
    await service.ready();
    await service.end('SIGTERM');
    return service.notices().includes('resolves @opentelemetry/sdk-trace');
  };
  expect(await loads({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })).toBe(true);
  expect(await loads({})).toBe(false);

  const house = await startRelayService({ config: ECHO, discord: false });
  closing.push(() => house.close());
  const { run, delivery } = await settled(house, ask(house, 'slack', 'Hello?'));
  expect([run, delivery].map((each) => 'traceparent' in each)).toEqual([false, false]);
}, 120_000);
