import type { Message } from '../../core/messages/message.ts';
import type { ModelMessage } from '../../core/ports.ts';
import { cutMiddle } from './cut-middle.ts';
import { estimateMessage } from './estimate-tokens.ts';
import { type Exchange, exchangesOf } from './exchanges.ts';
import { toSpokenMessage } from './speakers.ts';

/** A tool's result that is not of the newest exchanges is cut to this many tokens, before any message is left out. */
const SHRUNK_RESULT_TOKENS = 150;
/** What the pinned messages may take of the budget: the newest matter more. */
const PINNED_SHARE = 0.25;
/** The least that a message is cut to; less of it says nothing. */
const LEAST_MESSAGE_TOKENS = 60;

export type Conversation = {
  /** Oldest first, the messages to be answered and what this run said last. */
  messages: readonly Message[];
  /** Ids of messages that are sent however old they are. */
  pinned: ReadonlySet<string>;
  /** Ids of the messages to be answered and of what this run said: they are sent, whatever else. */
  newest: ReadonlySet<string>;
  /** Whether several people write, so that models are told who speaks. */
  isGroup: boolean;
};

export type Fitted = { messages: ModelMessage[]; tokens: number; shortened: number; leftOut: number };

type Piece = {
  /** As they were said. */
  whole: readonly ModelMessage[];
  /** Each is cut to so many tokens. */
  most: readonly number[];
  /** As they are sent. */
  messages: readonly ModelMessage[];
  tokens: number;
  pinned: boolean;
  newest: boolean;
};

/**
 * As much of a conversation as takes at most `budget` tokens, in its order: results of tools are shortened first, from the
 * oldest, then the oldest messages are left out. The newest and the pinned ones stay, cut in their middle where they are
 * longer than the budget. Pure.
 */
export function fitConversation(conversation: Conversation, budget: number): Fitted {
  const pieces = exchangesOf(conversation.messages).map((exchange) => toPiece(exchange, conversation));
  shrinkResults(pieces, budget);
  cutToFit(pieces, budget);
  const kept = chooseNewest(pieces, budget);
  const sent = pieces.filter((piece) => kept.has(piece));
  return {
    messages: sent.flatMap(({ messages }) => [...messages]),
    tokens: sumOf(sent),
    shortened: sent.reduce((total, piece) => total + shortenedIn(piece), 0),
    leftOut: conversation.messages.length - sent.reduce((total, { messages }) => total + messages.length, 0),
  };
}

function toPiece(exchange: Exchange, { pinned, newest, isGroup }: Conversation): Piece {
  const messages = exchange.map((message) => toSpokenMessage(message, isGroup));
  return {
    whole: messages,
    most: messages.map(() => Number.POSITIVE_INFINITY),
    messages,
    tokens: tokensOf(messages),
    pinned: exchange.some(({ id }) => pinned.has(id)),
    newest: exchange.some(({ id }) => newest.has(id)),
  };
}

function shortenedIn({ whole, messages }: Piece): number {
  return messages.filter(({ text }, index) => text !== whole[index]?.text).length;
}

function shrinkResults(pieces: readonly Piece[], budget: number): void {
  let total = sumOf(pieces);
  for (const piece of pieces) {
    if (total <= budget) return;
    if (piece.newest) continue;
    total -= piece.tokens;
    shorten(piece, (message) => (message.role === 'tool' ? SHRUNK_RESULT_TOKENS : null));
    total += piece.tokens;
  }
}

/** Cuts the pieces that stay in any case so that together they fit, the pinned ones to their share. */
function cutToFit(pieces: readonly Piece[], budget: number): void {
  const newest = pieces.filter((piece) => piece.newest);
  const pinned = pieces.filter((piece) => piece.pinned && !piece.newest);
  cutTogether(pinned, Math.floor(budget * PINNED_SHARE));
  cutTogether(newest, budget - sumOf(pinned));
  // So many that even the least of each is too much: the last of them is what is to be answered.
  for (const [index, piece] of newest.entries()) {
    if (index === newest.length - 1 || sumOf(newest.slice(index)) <= budget - sumOf(pinned)) return;
    piece.newest = false;
  }
}

/** Cuts the longest messages, all of them to the same length, so that the pieces take no more than `budget`. */
function cutTogether(pieces: readonly Piece[], budget: number): void {
  for (
    let most = budget;
    sumOf(pieces) > budget && most > LEAST_MESSAGE_TOKENS;
    most = Math.floor(most * 0.7)
  ) {
    for (const piece of pieces) shorten(piece, () => Math.max(most, LEAST_MESSAGE_TOKENS));
  }
}

function shorten(piece: Piece, mostTokens: (message: ModelMessage) => number | null): void {
  piece.most = piece.whole.map((message, index) =>
    Math.min(piece.most[index] ?? Number.POSITIVE_INFINITY, mostTokens(message) ?? Number.POSITIVE_INFINITY),
  );
  piece.messages = piece.whole.map((message, index) => {
    const text = cutMiddle(message.text, piece.most[index] ?? Number.POSITIVE_INFINITY);
    return text === message.text ? message : { ...message, text };
  });
  piece.tokens = tokensOf(piece.messages);
}

/** Those that stay in any case, and from the newest on those that fit beside them, without a gap. */
function chooseNewest(pieces: readonly Piece[], budget: number): ReadonlySet<Piece> {
  const kept = new Set(pieces.filter(({ pinned, newest }) => pinned || newest));
  let total = sumOf([...kept]);
  for (const piece of pieces.toReversed()) {
    if (kept.has(piece)) continue;
    if (total + piece.tokens > budget) break;
    total += piece.tokens;
    kept.add(piece);
  }
  return kept;
}

function tokensOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((total, message) => total + estimateMessage(message), 0);
}

function sumOf(pieces: readonly Piece[]): number {
  return pieces.reduce((total, { tokens }) => total + tokens, 0);
}
