import type { Clock } from '../../../../src/core/clock.ts';
import type { Delivery } from '../../../../src/core/deliveries/delivery.ts';
import { StaleAttemptError, ThreadrelayError } from '../../../../src/core/errors.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { noCrash, type ReachCrashPoint } from '../../../../src/core/crash-points.ts';
import type { Message } from '../../../../src/core/messages/message.ts';
import {
  EMPTY_WINDOW,
  grantWrite,
  holdWrites,
  type WriteWindow,
} from '../../../../src/core/pacing/write-window.ts';
import type {
  ApprovalStore,
  DeliveryStore,
  MessageStore,
  PlatformWriter,
  RunEventLog,
  RunStore,
  WriteBudgets,
} from '../../../../src/core/ports.ts';
import type { PositionedRunEvent, RunEvent } from '../../../../src/core/runs/run-event.ts';
import type { Run, RunRef } from '../../../../src/core/runs/run.ts';
import { noTelemetry } from '../../../../src/core/telemetry.ts';
import { TIMINGS } from '../../../../src/core/timings.ts';
import { createActiveDeliveries } from '../../../../src/workers/delivery/active-deliveries.ts';
import {
  createDeliveryWorker,
  type DeliveryWorker,
} from '../../../../src/workers/delivery/delivery-worker.ts';
import { storedMessage } from '../../../fixtures/stored-message.ts';

/** A port of which a delivery uses some methods only: the others say so when they are called. */
function partOf<T extends object>(name: string, methods: Partial<T>): T {
  return new Proxy(methods, {
    get(target, key) {
      const method: unknown = Reflect.get(target, key);
      if (method === undefined) throw new Error(`a delivery does not need ${name}.${String(key)}`);
      return method;
    },
    // The proxy answers for every method of the port.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  }) as T;
}

/** Stores, queue and budgets in memory, behind the ports that a delivery worker uses, with virtual time. */
export function createMemoryHouse(options: {
  clock: Clock;
  random: () => number;
  writer: PlatformWriter;
  /** Called before each call of a store; throws when the store is away. */
  reachStore?: (call: string) => void;
  crash?: ReachCrashPoint;
}) {
  const { clock, random, writer } = options;
  const reach = options.reachStore ?? (() => {});
  const runsById = new Map<string, Run>();
  const messagesById = new Map<string, Message>();
  const deliveriesById = new Map<string, Delivery>();
  const followers = new Map<string, Set<(events: PositionedRunEvent[]) => void>>();
  const streams = new Map<string, PositionedRunEvent[]>();
  const windows = new Map<string, WriteWindow>();
  const members = new Map<string, Set<string>>();

  const isOpen = ({ status }: Delivery) => status !== 'done' && status !== 'failed';
  function held({ runId, fence }: RunRef & { fence: number }): Delivery {
    const delivery = deliveriesById.get(runId);
    if (delivery === undefined || delivery.fence !== fence || !isOpen(delivery))
      throw new StaleAttemptError('delivery', fence);
    return delivery;
  }

  const deliveries = partOf<DeliveryStore>('deliveries', {
    async find({ runId }) {
      reach('find');
      return deliveriesById.get(runId) ?? null;
    },
    async claim({ runId }, workerId, now, leaseUntil) {
      reach('claim');
      const delivery = deliveriesById.get(runId);
      if (delivery === undefined || !isOpen(delivery)) return { kind: 'closed' };
      if (delivery.leaseUntil > now) return { kind: 'held', until: delivery.leaseUntil };
      Object.assign(delivery, { workerId, leaseUntil, status: 'streaming', fence: delivery.fence + 1 });
      return { kind: 'claimed', delivery: structuredClone(delivery) };
    },
    async hasEarlierOpen() {
      reach('hasEarlierOpen');
      return false;
    },
    async renew(workerId, leases, leaseUntil) {
      reach('renew');
      return leases.filter(({ runId, fence }) => {
        const delivery = deliveriesById.get(runId);
        const mine = delivery?.workerId === workerId && delivery.fence === fence && isOpen(delivery);
        if (mine) delivery.leaseUntil = leaseUntil;
        return !mine;
      });
    },
    async savePart(lease, part) {
      reach('savePart');
      const { parts } = held(lease);
      if (!parts.some(({ index }) => index === part.index)) parts.push(part);
    },
    async finish(lease, end) {
      reach('finish');
      Object.assign(held(lease), structuredClone(end), { leaseUntil: new Date(0) });
    },
    async release(lease) {
      reach('release');
      const delivery = deliveriesById.get(lease.runId);
      if (delivery?.fence === lease.fence) delivery.leaseUntil = new Date(0);
    },
  });

  const events: RunEventLog = {
    writer: () => {
      throw new Error('a delivery writes no events');
    },
    async read() {
      throw new Error('a delivery follows');
    },
    follow({ runId }, _from, onEvents) {
      const set = followers.get(runId) ?? new Set();
      followers.set(runId, set.add(onEvents));
      const past = streams.get(runId) ?? [];
      if (past.length > 0) void Promise.resolve().then(() => set.has(onEvents) && onEvents(past));
      return () => void set.delete(onEvents);
    },
  };

  const budgets: WriteBudgets = {
    async take(wanted, kind, member) {
      const now = clock.now().getTime();
      const of = (key: string) => windows.get(key) ?? EMPTY_WINDOW;
      const grants = wanted.map((budget) => grantWrite({ window: of(budget.key), budget, kind, now }));
      const active = wanted.map(({ key }) => {
        const set = members.get(key) ?? new Set();
        members.set(key, set.add(member));
        return set.size;
      });
      const waitMs = Math.max(0, ...grants.map((grant) => (grant.ok ? 0 : grant.retryAfterMs)));
      if (waitMs > 0) return { waitMs, active };
      for (const [index, grant] of grants.entries()) {
        if (grant.ok) windows.set(wanted[index]?.key ?? '', grant.window);
      }
      return { waitMs: 0, active };
    },
    async penalise(penalised, waitMs) {
      const now = clock.now().getTime();
      for (const { key } of penalised)
        windows.set(key, holdWrites(windows.get(key) ?? EMPTY_WINDOW, waitMs, now));
    },
    async leave(left, member) {
      for (const { key } of left) members.get(key)?.delete(member);
    },
  };

  return {
    deliveries: deliveriesById,
    runs: runsById,
    messages: messagesById,
    /** A running run with an open delivery. */
    addRun(runId: string): RunRef {
      const threadId = `t-${runId}`;
      const at = clock.now();
      runsById.set(runId, { ...RUN, id: runId, threadId, status: 'running', createdAt: at });
      deliveriesById.set(runId, { ...DELIVERY, runId, threadId, parts: [], createdAt: at });
      return { threadId, runId };
    },
    /** The run has ended: its answer is stored. */
    settle(runId: string, outcome: { status: Run['status']; text: string | null; error?: string }): void {
      const run = runsById.get(runId);
      if (run === undefined) throw new Error(`no run ${runId}`);
      run.status = outcome.status;
      run.endedAt = clock.now();
      if (outcome.error !== undefined) run.error = { code: 'model_failed', message: outcome.error };
      if (outcome.text === null) return;
      run.messageIds = [`a-${runId}`];
      messagesById.set(`a-${runId}`, { ...MESSAGE, id: `a-${runId}`, text: outcome.text });
    },
    /** Keeps the event for whoever follows later, and answers who follows now. */
    append(runId: string, fence: number, seq: number, event: RunEvent): PositionedRunEvent {
      const positioned: PositionedRunEvent = { id: `${fence}-${seq}`, event };
      streams.set(runId, [...(streams.get(runId) ?? []), positioned]);
      return positioned;
    },
    /** Wakes the run's followers with these events, whatever they are. */
    wake(runId: string, heard: PositionedRunEvent[]): void {
      for (const follower of followers.get(runId) ?? []) follower(heard);
    },
    addWorker(workerId: string): DeliveryWorker {
      const runs = partOf<RunStore>('runs', {
        async find({ runId }) {
          reach('runs.find');
          return structuredClone(runsById.get(runId) ?? null);
        },
        requestCancel: async () => 'unknown',
      });
      const messages = partOf<MessageStore>('messages', {
        async find(_threadId, messageId) {
          reach('messages.find');
          return messagesById.get(messageId) ?? null;
        },
      });
      const parts = {
        runs,
        messages,
        deliveries,
        approvals: partOf<ApprovalStore>('approvals', {}),
        events,
        cancels: { publish: async () => {}, subscribe: () => () => {} },
        doorbells: { ringThread: async () => {}, ringDelivery: async () => {} },
        budgets,
        clock,
        random,
        timings: TIMINGS,
        telemetry: noTelemetry,
        crash: options.crash ?? noCrash,
        logger: silentLogger,
        workerId,
        writers: new Map([[writer.platform, writer]]),
      };
      return createDeliveryWorker({ ...parts, active: createActiveDeliveries(parts) });
    },
  };
}

/** The error of a store that is away. */
export function storeAway(): ThreadrelayError {
  return new ThreadrelayError('store_unavailable', 'The database is away.', {
    retryable: true,
    certain: false,
  });
}

const EPOCH = new Date(0);

const RUN = {
  id: '',
  threadId: '',
  projectId: 'default',
  assistantId: 'default',
  ordinal: 1,
  triggerMessageIds: [],
  idempotencyKey: '',
  status: 'running',
  priority: 0,
  attempt: 1,
  fence: 1,
  workerId: null,
  heartbeatAt: null,
  availableAt: EPOCH,
  cancel: null,
  workflow: null,
  route: null,
  error: null,
  usage: null,
  messageIds: [],
  metadata: {},
  createdAt: EPOCH,
  startedAt: null,
  endedAt: null,
} satisfies Run;

const DELIVERY = {
  runId: '',
  threadId: '',
  origin: { platform: 'slack', tenant: 'T', channel: 'C', thread: '1.0' },
  replyTo: null,
  ordinal: 1,
  status: 'pending',
  parts: [],
  fence: 0,
  workerId: null,
  leaseUntil: EPOCH,
  reason: null,
  edits: 0,
  runEndedAt: null,
  finalAt: null,
  createdAt: EPOCH,
} satisfies Delivery;

const MESSAGE = storedMessage({ id: '', threadId: '', seq: 2, role: 'ai', createdAt: EPOCH });
