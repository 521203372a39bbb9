/** The demo could not show what it promises; the message says to a person what was wrong. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}
