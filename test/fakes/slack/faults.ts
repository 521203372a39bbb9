import type { ApiCall, JsonObject } from './types.ts';

/** What goes wrong with one Web API call. */
export type ApiFault =
  /** Not processed; an HTTP error. */
  | { kind: 'http-status'; status: number; body?: string }
  /** Not processed; the connection is reset. */
  | { kind: 'reset-before' }
  /** Not processed; `{ok: false, error}`. */
  | { kind: 'error'; error: string; details?: JsonObject }
  /** Not processed; 429 that holds for the method, or for the channel of a post. */
  | { kind: 'rate-limit'; retryAfter: number; scope?: 'method' | 'channel' }
  /** Processed and answered, but only after `ms`. */
  | { kind: 'delay'; ms: number }
  /** Processed at once, answered after `ms`. */
  | { kind: 'answer-late'; ms: number }
  /** Processed at once, never answered. */
  | { kind: 'answer-never' }
  /** Processed at once, then the connection is reset. */
  | { kind: 'reset-after' }
  /** Processed; its events are delivered and settled (acknowledged or not) before the answer leaves. */
  | { kind: 'events-before-answer' };

/** What goes wrong with one event. */
export type EventFault =
  /** Never delivered nor retried, as in a gap between two sockets. */
  | { kind: 'drop' }
  /** Delivered this many times in all, at once, with one event_id. */
  | { kind: 'duplicate'; times: number }
  /** Delivered after the next `behind` events. */
  | { kind: 'reorder'; behind: number }
  | { kind: 'delay'; ms: number };

interface Script<Subject, Fault> {
  do: Fault;
  /** Which of the matching subjects, counted from 1 since the script was added; default: the first. */
  nth?: number;
  /** How many from there on; default 1, `Infinity` for all. */
  times?: number;
  when?: (subject: Subject) => boolean;
}

export interface ApiFaultScript extends Script<ApiCall, ApiFault> {
  /** Default: every method. */
  method?: string;
}

export interface EventFaultScript extends Script<JsonObject, EventFault> {
  /** The inner event's type, as `message`; default: every type. */
  type?: string;
}

export interface Faults {
  /** Scripts a fault; the returned function takes it back. Where several match, the oldest strikes. */
  api(script: ApiFaultScript): () => void;
  event(script: EventFaultScript): () => void;
  clear(): void;
}

class FaultList<Subject, Fault> {
  readonly #scripts = new Set<
    Script<Subject, Fault> & { matches: (subject: Subject) => boolean; seen: number }
  >();

  add(script: Script<Subject, Fault>, matches: (subject: Subject) => boolean): () => void {
    const entry = { ...script, matches, seen: 0 };
    this.#scripts.add(entry);
    return () => this.#scripts.delete(entry);
  }

  clear(): void {
    this.#scripts.clear();
  }

  take(subject: Subject): Fault | undefined {
    let struck: Fault | undefined;
    for (const script of this.#scripts) {
      if (!script.matches(subject) || script.when?.(subject) === false) continue;
      script.seen += 1;
      const first = script.nth ?? 1;
      if (script.seen >= first && script.seen < first + (script.times ?? 1)) struck ??= script.do;
    }
    return struck;
  }
}

export class FaultScripts implements Faults {
  readonly #api = new FaultList<ApiCall, ApiFault>();
  readonly #event = new FaultList<JsonObject, EventFault>();

  api(script: ApiFaultScript): () => void {
    return this.#api.add(script, (call) => script.method === undefined || script.method === call.method);
  }

  event(script: EventFaultScript): () => void {
    return this.#event.add(script, (event) => script.type === undefined || script.type === event['type']);
  }

  clear(): void {
    this.#api.clear();
    this.#event.clear();
  }

  takeApi(call: ApiCall): ApiFault | undefined {
    return this.#api.take(call);
  }

  takeEvent(event: JsonObject): EventFault | undefined {
    return this.#event.take(event);
  }
}
