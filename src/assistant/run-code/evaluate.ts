import {
  newQuickJSWASMModuleFromVariant,
  newVariant,
  type QuickJSContext,
  type QuickJSHandle,
  RELEASE_SYNC,
} from 'quickjs-emscripten';

/** Pages of 64 KiB that the interpreter begins with, as its module is built. */
const FIRST_PAGES = 256;
/**
 * Pages of 64 KiB that it may take with all that the program makes: 48 MB. Not QuickJS's own limit, which does not count
 * all that it takes.
 */
const MOST_PAGES = 768;
/** Of the program's own stack, well below that of the WebAssembly module. */
const STACK_BYTES = 256 * 1024;
/** Time for the program, in milliseconds of the clock. */
export const PROGRAM_MS = 2_000;
/** Of what it prints, in UTF-16 units. */
const CONSOLE_CHARACTERS = 8_000;
/** Of what it gives, in UTF-16 units of JSON. */
const RESULT_CHARACTERS = 30_000;

/** `result` is plain JSON, or text when it is none. */
export type Evaluated = { result?: unknown; error?: string; console?: string };

/**
 * Evaluates JavaScript in an interpreter of its own, which has nothing but the language: no files, no network, no timers.
 * Gives the value of the last expression, awaited if it is a promise. Blocks the thread for at most about `PROGRAM_MS`.
 */
export async function evaluate(code: string): Promise<Evaluated> {
  // A module of its own: what a program does to the interpreter's memory no other one sees.
  const wasmMemory = new WebAssembly.Memory({ initial: FIRST_PAGES, maximum: MOST_PAGES });
  const module = await newQuickJSWASMModuleFromVariant(newVariant(RELEASE_SYNC, { wasmMemory }));
  const runtime = module.newRuntime({ maxStackSizeBytes: STACK_BYTES });
  const deadline = performance.now() + PROGRAM_MS;
  let late = false;
  runtime.setInterruptHandler(() => (late ||= performance.now() > deadline));
  const context = runtime.newContext();
  const printed = captureConsole(context);
  const json = context.getProp(context.global, 'JSON');
  const stringify = context.getProp(json, 'stringify');
  const ended = (): Evaluated => {
    const said = printed();
    return said === '' ? {} : { console: said };
  };
  try {
    const outcome = context.evalCode(code, 'program.js', { type: 'global' });
    const value = outcome.error
      ? outcome
      : settled(context, outcome.value, () => runtime.executePendingJobs());
    if (value.error) return { error: late ? TOO_LATE : errorText(context, value.error), ...ended() };
    if (context.typeof(value.value) === 'bigint')
      return { result: textOf(context.dump(value.value)), ...ended() };
    const text = context.callFunction(stringify, json, value.value);
    if (late) return { error: TOO_LATE, ...ended() };
    if (text.error) return { error: errorText(context, text.error), ...ended() };
    return { result: resultOf(context, text.value), ...ended() };
  } catch (error) {
    return { error: late ? TOO_LATE : `The program failed: ${messageOf(error)}`, ...ended() };
  }
}

const TOO_LATE = `The program did not end within ${PROGRAM_MS / 1_000} s.`;

type Outcome = { error: QuickJSHandle; value?: undefined } | { error?: undefined; value: QuickJSHandle };

/** A promise that waits for nothing but the language's own turns has settled when these are done. */
function settled(context: QuickJSContext, value: QuickJSHandle, turn: () => unknown): Outcome {
  turn();
  const state = context.getPromiseState(value);
  if (state.type === 'fulfilled') return { value: state.value };
  if (state.type === 'rejected') return { error: state.error };
  throw new Error('it waits for a promise that nothing settles.');
}

function resultOf(context: QuickJSContext, handle: QuickJSHandle): unknown {
  if (context.typeof(handle) !== 'string') return null;
  const text = context.getString(handle);
  return text.length > RESULT_CHARACTERS
    ? `${text.slice(0, RESULT_CHARACTERS)} [cut here]`
    : JSON.parse(text);
}

function captureConsole(context: QuickJSContext): () => string {
  let printed = '';
  const print = context.newFunction('print', (...handles) => {
    const line = handles.map((handle) => textOf(context.dump(handle))).join(' ');
    if (printed.length < CONSOLE_CHARACTERS)
      printed += `${line}\n`.slice(0, CONSOLE_CHARACTERS - printed.length);
  });
  const console = context.newObject();
  for (const name of ['log', 'info', 'warn', 'error', 'debug']) context.setProp(console, name, print);
  context.setProp(context.global, 'console', console);
  return () => printed.trimEnd();
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}

function errorText(context: QuickJSContext, handle: QuickJSHandle): string {
  const thrown: unknown = context.dump(handle);
  if (thrown === null || typeof thrown !== 'object' || !('message' in thrown)) return textOf(thrown);
  const name = 'name' in thrown ? String(thrown.name) : 'Error';
  return `${name}: ${String(thrown.message)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
