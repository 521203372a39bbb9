import type { Activity } from './activity.ts';
import type { Clock } from './clock.ts';
import type { TeamEvent } from './conversation.ts';
import type { FaultScripts } from './faults.ts';
import type { Random } from './random.ts';
import type { DeliveryAttempt, JsonObject } from './types.ts';

/** How long the app has to acknowledge. */
export const acknowledgeWithinMs = 3_000;

/** Waits before the three retries: at once, after one minute, after five. */
const retryDelaysMs = [0, 60_000, 300_000];

export interface AttemptResult {
  outcome: Exclude<DeliveryAttempt['outcome'], 'pending' | 'dropped'>;
  /** Given to the app with the next attempt. */
  reason: string;
  /** The app asked for no retry, or nothing can be retried. */
  final: boolean;
}

/** The body of an event as Slack sends it; more fields than named here. */
export interface EventPayload extends JsonObject {
  team_id: string;
  event_id: string;
  event: JsonObject;
}

interface Dependencies {
  appId: string;
  clock: Clock;
  random: Random;
  activity: Activity;
  faults: FaultScripts;
}

export interface EventTransport {
  /** Settles when acknowledged, failed, or 3 s have passed on the fake's clock. */
  deliver(payload: EventPayload, attempt: DeliveryAttempt): Promise<AttemptResult>;
  /** Hands an interaction over, once: Slack repeats none. Whether it was acknowledged within 3 s. */
  interact(payload: JsonObject): Promise<boolean>;
  /** Hands a slash command over, once. What it was acknowledged with within 3 s; null when it was not. */
  command(payload: JsonObject): Promise<JsonObject | null>;
}

/** Hands events to the app, retries them, and lets scripted faults strike. */
export class EventDelivery {
  transport: EventTransport;
  readonly #dependencies: Dependencies;
  #heldBack: { behind: number; release: () => void }[] = [];
  #closed = false;

  constructor(dependencies: Dependencies & { transport: EventTransport }) {
    this.#dependencies = dependencies;
    this.transport = dependencies.transport;
  }

  /** Resolves when the first attempt at each event has settled; retries go on by themselves. */
  async dispatch(events: readonly TeamEvent[]): Promise<void> {
    await Promise.all(events.map((event) => this.#dispatchOne(event)));
  }

  close(): void {
    this.#closed = true;
  }

  async #dispatchOne(teamEvent: TeamEvent): Promise<void> {
    const payload = this.#payload(teamEvent);
    const fault = this.#dependencies.faults.takeEvent(teamEvent.event);
    const settled = this.#deliverWith(fault, payload);
    if (fault?.kind !== 'reorder') this.#countDown();
    await settled;
  }

  async #deliverWith(fault: ReturnType<FaultScripts['takeEvent']>, payload: EventPayload): Promise<void> {
    switch (fault?.kind) {
      case undefined:
        return this.#deliver(payload);
      case 'drop':
        this.#newAttempt(payload, 0, '').outcome = 'dropped';
        this.#dependencies.activity.stirred();
        return;
      case 'duplicate':
        await Promise.all(Array.from({ length: fault.times }, () => this.#deliver(payload)));
        return;
      case 'delay':
        await new Promise<void>((resolve) => this.#dependencies.clock.after(fault.ms, resolve));
        return this.#deliver(payload);
      case 'reorder':
        await new Promise<void>((release) => this.#heldBack.push({ behind: fault.behind, release }));
        return this.#deliver(payload);
    }
  }

  #countDown(): void {
    for (const held of this.#heldBack) held.behind -= 1;
    const due = this.#heldBack.filter((held) => held.behind <= 0);
    this.#heldBack = this.#heldBack.filter((held) => held.behind > 0);
    for (const held of due) held.release();
  }

  async #deliver(payload: EventPayload): Promise<void> {
    const first = await this.#attempt(payload, 0, '');
    if (first.outcome !== 'acked' && !first.final) void this.#retry(payload, 1, first.reason);
  }

  async #retry(payload: EventPayload, attempt: number, reason: string): Promise<void> {
    const delay = retryDelaysMs[attempt - 1];
    if (delay === undefined || this.#closed) return;
    if (delay > 0) await new Promise<void>((resolve) => this.#dependencies.clock.after(delay, resolve));
    if (this.#closed) return;
    const result = await this.#attempt(payload, attempt, reason);
    // A retry that finds no socket has failed; the next one may find another.
    if (result.outcome === 'lost' || (result.outcome !== 'acked' && !result.final)) {
      await this.#retry(payload, attempt + 1, result.reason);
    }
  }

  async #attempt(payload: EventPayload, attempt: number, reason: string): Promise<AttemptResult> {
    const { activity, clock } = this.#dependencies;
    const record = this.#newAttempt(payload, attempt, reason);
    const result = await this.transport.deliver(payload, record);
    record.outcome = result.outcome;
    if (result.outcome === 'acked') record.ackedAt = clock.now();
    activity.stirred();
    return result;
  }

  #newAttempt(payload: EventPayload, attempt: number, retryReason: string): DeliveryAttempt {
    const { activity, clock } = this.#dependencies;
    const record: DeliveryAttempt = {
      at: clock.now(),
      eventId: payload.event_id,
      envelopeId: undefined,
      attempt,
      retryReason,
      event: payload.event,
      teamId: payload.team_id,
      outcome: 'pending',
    };
    activity.deliveries.push(record);
    return record;
  }

  #payload({ workspace, event }: TeamEvent): EventPayload {
    const { appId, clock, random } = this.#dependencies;
    return {
      token: 'deprecated-verification-token',
      team_id: workspace.id,
      context_team_id: workspace.id,
      api_app_id: appId,
      event,
      type: 'event_callback',
      event_id: random.id('Ev'),
      event_time: Math.floor(clock.now() / 1000),
      authorizations: [
        {
          enterprise_id: null,
          team_id: workspace.id,
          user_id: workspace.botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
      event_context: random.id('4-'),
    };
  }
}
