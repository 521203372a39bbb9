import type { Attachment, Author } from '../messages/message.ts';
import type { Origin } from '../origin.ts';
import type { Metadata } from '../threads/thread.ts';

/** How urgently a run should be taken up: the configuration's words and their numbers; higher goes first. */
export const PRIORITIES = { low: -10, normal: 0, high: 10, urgent: 20 } as const;

/** Where a route leads; what it leaves out stays as the channel's binding says. */
export interface RouteTarget {
  readonly workflow?: string;
  readonly assistant?: string;
  /** Higher goes first; see PRIORITIES. */
  readonly priority?: number;
  /** Set on the thread when the route is taken. */
  readonly metadata?: Metadata;
}

/** One rule of the configuration: `when` is a predicate in MongoDB's query words, `to` the target. */
export interface Route {
  readonly name: string;
  /** Left out or empty: the route takes every message. */
  readonly when?: unknown;
  readonly to: RouteTarget;
}

/** All that a route may look at. */
export interface RouteInput {
  readonly thread: {
    readonly metadata: Metadata;
    readonly origin?: Origin | null;
    readonly name?: string | null;
  };
  readonly message: { readonly text: string; readonly attachments?: readonly Attachment[] };
  readonly author: Author | null;
  /** Of rules that choose a model: which attempt this is, counted from 1. */
  readonly run?: { readonly attempt: number };
}

/** A fault in a rule; `path` leads from the rule's list to the place, so that a caller can point at it. */
export interface RuleFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}
