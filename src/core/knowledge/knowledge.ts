import type { DocumentKind } from '../ports/extraction.ts';

/** Documents that assistants answer from, by project and name. */
export type KnowledgeRef = { projectId: string; name: string };

/** One file or page of a knowledge. */
export type KnowledgeDocument = {
  id: string;
  /** What it was added as: a path or an address. Names it within its knowledge. */
  source: string;
  title: string;
  /** Where people can read it; null when it was added without one. */
  link: string | null;
  kind: DocumentKind;
  /** Of its bytes and of all that its chunks depend on: equal hashes, equal chunks. */
  hash: string;
  /** The folder that it was added with; null for a file or page added alone. */
  root: string | null;
  chunks: number;
  addedAt: Date;
};

/** A piece of a document, small enough to be shown to a model with others. */
export type KnowledgeChunk = {
  id: string;
  documentId: string;
  /** From 0, in the order of the document. */
  ordinal: number;
  /** The headings that it stands under, outermost first, joined by ` › `; empty above the first. */
  heading: string;
  /** First line of it in the extracted text, from 1. */
  line: number;
  text: string;
  /** Of length 1, made by the model that `embeddedBy` names; null without one. */
  vector: Float32Array | null;
  embeddedBy: string | null;
};

/** A piece of a document that was found. */
export type Passage = {
  id: string;
  knowledge: string;
  title: string;
  heading: string;
  source: string;
  /** Where people can read it, with the heading's anchor where the document has some; null when it was added without. */
  link: string | null;
  line: number;
  text: string;
  /** Higher is better; comparable within one search only. */
  score: number;
  /** How much of what is asked it has: the share of the question's words, rare ones counting more, from 0 to 1. */
  coverage: number;
};
