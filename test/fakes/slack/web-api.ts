import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/read-body.ts';
import type { Activity } from './activity.ts';
import { optionalString, parseArguments } from './arguments.ts';
import type { Clock } from './clock.ts';
import type { Conversation, TeamEvent } from './conversation.ts';
import type { EventDelivery } from './event-delivery.ts';
import type { ApiFault, FaultScripts } from './faults.ts';
import { chatPostMethods } from './methods/chat-post.ts';
import { chatStreamMethods } from './methods/chat-stream.ts';
import { chatUpdateMethods } from './methods/chat-update.ts';
import { conversationMethods } from './methods/conversations.ts';
import { historyMethods } from './methods/history.ts';
import { type Method, requireScope } from './methods/method.ts';
import { workspaceMethods } from './methods/workspace.ts';
import type { App } from './present.ts';
import type { Random } from './random.ts';
import type { LimitedCall, RateLimiter } from './rate-limits.ts';
import { Refusal } from './refusal.ts';
import type { SocketMode } from './socket-mode.ts';
import type { Workspace } from './state.ts';
import type { ApiCall, JsonObject } from './types.ts';
import { EditWatch, mentionViolations } from './violations.ts';

const botMethods: Readonly<Record<string, Method>> = {
  ...chatPostMethods,
  ...chatUpdateMethods,
  ...chatStreamMethods,
  ...historyMethods,
  ...conversationMethods,
  ...workspaceMethods,
};

export interface WebApiDependencies {
  app: App;
  appToken: { value: string; active: boolean; scopes: readonly string[] };
  workspaces: readonly Workspace[];
  clock: Clock;
  random: Random;
  activity: Activity;
  faults: FaultScripts;
  limits: RateLimiter;
  conversation: Conversation;
  delivery: EventDelivery;
  sockets: SocketMode;
}

interface Answer {
  status: number;
  body: string;
  headers: Record<string, string>;
}

type Caller = { kind: 'bot'; workspace: Workspace } | { kind: 'app' };

/** Answers `/api/<method>`: who calls, what goes wrong, what is limited, what the method says. */
export class WebApi {
  readonly #dependencies: WebApiDependencies;
  readonly #edits = new EditWatch();

  constructor(dependencies: WebApiDependencies) {
    this.#dependencies = dependencies;
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { activity, clock } = this.#dependencies;
    const body = await readBody(request);
    const call: ApiCall = {
      number: activity.calls.length + 1,
      at: clock.now(),
      method: url.pathname.replace(/^\/api\//, ''),
      args: {},
      token: undefined,
      teamId: undefined,
      outcome: 'pending',
    };
    activity.calls.push(call);
    const events: TeamEvent[] = [];
    const edit = { end: () => {} };
    // Once the answer is on its way, or the caller has gone, the edit is not in flight any more.
    response.once('close', () => edit.end());
    response.once('prefinish', () => edit.end());
    let fault: ApiFault | undefined;
    try {
      const caller = this.#authenticate(request, body, url, call);
      const watched = this.#edits.begin(call);
      if (watched?.violation !== undefined) activity.violations.push(watched.violation);
      edit.end = watched?.end ?? edit.end;
      activity.violations.push(...mentionViolations(call));
      fault = this.#dependencies.faults.takeApi(call);
      if (fault?.kind === 'delay') await this.#wait(fault.ms);
      const answer =
        this.#refusedByFault(fault, call) ?? this.#limited(call) ?? this.#run(caller, call, events);
      await this.#answer(response, call, answer, fault, events);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await this.#answer(response, call, this.#refuse(call, error), fault, events);
    }
  }

  async #answer(
    response: ServerResponse,
    call: ApiCall,
    answer: Answer,
    fault: ApiFault | undefined,
    events: readonly TeamEvent[],
  ): Promise<void> {
    const { activity, clock, delivery } = this.#dependencies;
    if (fault?.kind === 'reset-before' || fault?.kind === 'reset-after') {
      call.outcome = 'reset';
      response.socket?.resetAndDestroy();
    } else if (fault?.kind === 'answer-never') {
      call.outcome = 'unanswered';
    } else {
      const dispatched = fault?.kind === 'events-before-answer' || fault?.kind === 'answer-late';
      const settled = dispatched ? delivery.dispatch(events) : undefined;
      activity.stirred();
      if (fault?.kind === 'events-before-answer') await settled;
      if (fault?.kind === 'answer-late') await this.#wait(fault.ms);
      call.status = answer.status;
      call.answeredAt = clock.now();
      await new Promise<void>((resolve) => {
        if (response.closed) return resolve();
        response.once('close', resolve);
        response.writeHead(answer.status, answer.headers).end(answer.body, resolve);
      });
      activity.stirred();
      if (dispatched) return;
    }
    activity.stirred();
    await delivery.dispatch(events);
  }

  #authenticate(request: IncomingMessage, body: string, url: URL, call: ApiCall): Caller {
    const contentType = request.headers['content-type'];
    const { token: bodyToken, ...args } = parseArguments(contentType, body, url.searchParams);
    call.args = args;
    const bearer = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    // With a JSON body Slack takes the token from the header only.
    const inBody = contentType?.startsWith('application/json') === true ? undefined : bodyToken;
    const token = bearer ?? (typeof inBody === 'string' ? inBody : undefined);
    call.token = token;
    const isAppMethod = call.method === 'apps.connections.open';
    if (!isAppMethod && botMethods[call.method] === undefined) {
      throw new Refusal('unknown_method', { req_method: call.method });
    }
    if (token === undefined || token === '') throw new Refusal('not_authed');
    const { appToken, workspaces } = this.#dependencies;
    if (token === appToken.value) {
      if (!appToken.active) throw new Refusal('token_revoked');
      if (!isAppMethod && call.method !== 'auth.test') throw new Refusal('not_allowed_token_type');
      return { kind: 'app' };
    }
    const workspace = workspaces.find((candidate) => candidate.botToken === token);
    if (workspace === undefined) throw new Refusal('invalid_auth');
    call.teamId = workspace.id;
    if (workspace.tokenState !== 'active') throw new Refusal(workspace.tokenState);
    if (isAppMethod) throw new Refusal('not_allowed_token_type');
    return { kind: 'bot', workspace };
  }

  #refusedByFault(fault: ApiFault | undefined, call: ApiCall): Answer | undefined {
    switch (fault?.kind) {
      case 'http-status':
        call.outcome = 'http-error';
        return { status: fault.status, body: fault.body ?? '', headers: { 'content-type': 'text/plain' } };
      case 'reset-before':
        return { status: 0, body: '', headers: {} };
      case 'error':
        throw new Refusal(fault.error, fault.details);
      case 'rate-limit':
        return this.#tooMany(call, fault.retryAfter, fault.scope ?? 'method');
      default:
        return undefined;
    }
  }

  #limited(call: ApiCall): Answer | undefined {
    const { activity, limits } = this.#dependencies;
    const limited = limitedCall(call);
    const wait = limits.announcedWait(limited);
    if (wait !== undefined) {
      activity.violations.push(
        `early-call: ${call.method} called ${wait} s before its Retry-After had passed`,
      );
      return this.#tooMany(call, wait);
    }
    const exceeded = limits.take(limited);
    return exceeded === undefined ? undefined : this.#tooMany(call, exceeded.retryAfter, exceeded.scope);
  }

  #tooMany(call: ApiCall, retryAfter: number, scope?: 'method' | 'channel'): Answer {
    if (scope !== undefined) this.#dependencies.limits.announce(limitedCall(call), retryAfter, scope);
    call.outcome = 'rate-limited';
    call.error = 'ratelimited';
    call.retryAfter = retryAfter;
    const answer = jsonAnswer({ ok: false, error: 'ratelimited' });
    return { ...answer, status: 429, headers: { ...answer.headers, 'retry-after': String(retryAfter) } };
  }

  #run(caller: Caller, call: ApiCall, events: TeamEvent[]): Answer {
    const { app, appToken, clock, conversation, random } = this.#dependencies;
    if (caller.kind === 'app') {
      const answer = this.#runForApp(call);
      call.outcome = 'ok';
      return jsonAnswer({ ok: true, ...answer }, appToken.scopes);
    }
    const { workspace } = caller;
    const method = botMethods[call.method];
    if (method === undefined) throw new Refusal('unknown_method');
    requireScope(workspace, method.scopes);
    const emit = (emitted: readonly TeamEvent[]) => events.push(...emitted);
    const answer = method.run({ app, workspace, args: call.args, clock, random, conversation, emit });
    call.outcome = 'ok';
    return jsonAnswer({ ok: true, ...answer }, [...workspace.scopes], method.scopes);
  }

  #runForApp(call: ApiCall): JsonObject {
    const { app, appToken, sockets } = this.#dependencies;
    if (call.method === 'auth.test') return { app_name: app.name, app_id: app.id };
    if (!appToken.scopes.includes('connections:write')) {
      throw new Refusal('missing_scope', {
        needed: 'connections:write',
        provided: appToken.scopes.join(','),
      });
    }
    return { url: `${app.origin.replace(/^http/, 'ws')}${sockets.issueTicket()}` };
  }

  #refuse(call: ApiCall, refusal: Refusal): Answer {
    call.outcome = 'refused';
    call.error = refusal.code;
    return jsonAnswer({ ok: false, error: refusal.code, ...refusal.details });
  }

  #wait(ms: number): Promise<void> {
    this.#dependencies.activity.stirred();
    return new Promise((resolve) => this.#dependencies.clock.after(ms, resolve));
  }
}

function limitedCall(call: ApiCall): LimitedCall {
  return { method: call.method, teamId: call.teamId ?? 'app', channel: optionalString(call.args, 'channel') };
}

function jsonAnswer(body: JsonObject, scopes?: readonly string[], accepted?: readonly string[]): Answer {
  return {
    status: 200,
    body: JSON.stringify(body),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(scopes === undefined ? {} : { 'x-oauth-scopes': scopes.join(',') }),
      ...(accepted === undefined || accepted.length === 0
        ? {}
        : { 'x-accepted-oauth-scopes': accepted.join(',') }),
    },
  };
}
