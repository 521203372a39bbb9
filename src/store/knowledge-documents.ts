import type { mongo } from 'mongoose';
import type { DocumentKind } from '../core/ports.ts';
import { count, free, id, optionalText, schema, text, time } from './schema-parts.ts';

/** `_id` is project and name. */
export type KnowledgeHeadDocument = {
  _id: string;
  projectId: string;
  name: string;
  version: number;
  updatedAt: Date;
};

export type KnowledgeFileDocument = {
  _id: string;
  knowledgeId: string;
  source: string;
  title: string;
  link: string | null;
  kind: DocumentKind;
  hash: string;
  root: string | null;
  chunks: number;
  addedAt: Date;
};

export type KnowledgeChunkDocument = {
  _id: string;
  documentId: string;
  ordinal: number;
  heading: string;
  line: number;
  text: string;
  /** Little-endian 32-bit floats. */
  vector: mongo.Binary | null;
  embeddedBy: string | null;
};

export const knowledge = schema<KnowledgeHeadDocument>({
  _id: id,
  projectId: id,
  name: text,
  version: count,
  updatedAt: time,
});

export const knowledgeFiles = schema<KnowledgeFileDocument>({
  _id: id,
  knowledgeId: id,
  source: text,
  title: text,
  link: optionalText,
  kind: text,
  hash: text,
  root: optionalText,
  chunks: count,
  addedAt: time,
});
knowledgeFiles.index({ knowledgeId: 1, source: 1 });

export const knowledgeChunks = schema<KnowledgeChunkDocument>({
  _id: id,
  documentId: id,
  ordinal: count,
  heading: { type: String, default: '' },
  line: count,
  text,
  vector: free,
  embeddedBy: optionalText,
});
knowledgeChunks.index({ documentId: 1 });
