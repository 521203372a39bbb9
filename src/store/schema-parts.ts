import { Schema, type SchemaDefinitionProperty } from 'mongoose';

export const text = { type: String, required: true };
export const id = { ...text };
export const optionalText = { type: String, default: null };
export const time = { type: Date, required: true };
export const optionalTime = { type: Date, default: null };
export const count = { type: Number, required: true };
export const free = { type: Schema.Types.Mixed, default: null };

// `minimize` would drop empty objects, and a thread without metadata would come back without the field.
const options = {
  versionKey: false as const,
  minimize: false,
  autoIndex: false,
  autoCreate: false,
  id: false as const,
};

/** One field of the schema for each of the document. */
export function schema<T>(definition: Record<keyof T & string, SchemaDefinitionProperty>): Schema<T> {
  return new Schema<T>(definition, options);
}
