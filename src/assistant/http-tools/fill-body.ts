import { type Arguments, fieldsIn } from './fill-url.ts';

const WHOLE = /^\{([A-Za-z]\w*)\}$/;

/**
 * A body with arguments in its texts. A text that is one placeholder becomes the argument itself, a number as a number;
 * an entry whose argument is not given is left out, and within a longer text it is nothing.
 */
export function fillBody(template: unknown, args: Arguments): unknown {
  if (typeof template === 'string') {
    const whole = WHOLE.exec(template)?.[1];
    return whole === undefined ? inText(template, args) : args[whole];
  }
  if (Array.isArray(template)) return template.map((each) => fillBody(each, args)).filter(isGiven);
  if (template === null || typeof template !== 'object') return template;
  const entries = Object.entries(template).map(([key, each]) => [key, fillBody(each, args)] as const);
  return Object.fromEntries(entries.filter(([, each]) => isGiven(each)));
}

/** Fields that a body names anywhere. */
export function fieldsOfBody(template: unknown): string[] {
  if (typeof template === 'string') return fieldsIn(template);
  return template !== null && typeof template === 'object'
    ? Object.values(template).flatMap(fieldsOfBody)
    : [];
}

function inText(template: string, args: Arguments): string {
  return template.replaceAll(/\{([A-Za-z]\w*)\}/g, (_, field: string) => textOf(args[field]));
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
