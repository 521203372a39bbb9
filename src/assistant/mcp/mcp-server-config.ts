import type { SecretHeader } from '../http-tools/http-tool-config.ts';

/** A server of tools that speaks the Model Context Protocol: a program of its own, or one at an address. */
export type McpServerConfig = {
  readonly name: string;
  /** Milliseconds for each call; connecting and listing get the same. */
  readonly timeoutMs: number;
} & (
  | {
      readonly kind: 'stdio';
      readonly command: string;
      readonly args: readonly string[];
      /** Variables of the environment that the program gets, beside those that any program needs. */
      readonly envFrom: readonly string[];
    }
  | {
      readonly kind: 'http';
      readonly url: string;
      readonly secretHeaders: readonly SecretHeader[];
      readonly allowPrivate: boolean;
    }
);
