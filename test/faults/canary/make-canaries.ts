import { randomUUID } from 'node:crypto';

/** With characters that JSON, URLs and forms write otherwise. */
export const canary = (name: string) => `${name}/canary+"${randomUUID()}"`;
/** For what is sent in a header, or checked by its shape. */
export const plainCanary = (name: string) => `${name}-canary-${randomUUID()}`;
