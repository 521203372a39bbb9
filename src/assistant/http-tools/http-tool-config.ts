/** A header whose value is in the environment: `scheme` stands before it, as `Bearer`. */
export type SecretHeader = { readonly header: string; readonly scheme: string | null; readonly env: string };

export type HttpToolField = {
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
  readonly description: string | null;
  readonly isRequired: boolean;
  readonly values: readonly string[] | null;
  readonly maxLength: number | null;
};

/** A tool that is one request to a fixed host. */
export type HttpToolConfig = {
  readonly name: string;
  readonly description: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{field}` in its path and query only. */
  readonly url: string;
  readonly fields: ReadonlyMap<string, HttpToolField>;
  readonly headers: Readonly<Record<string, string>>;
  readonly secretHeaders: readonly SecretHeader[];
  /** JSON with `{field}` in its texts; null: the fields that the URL does not name. */
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly timeoutMs: number;
  /** The host may be in a private network. */
  readonly allowPrivate: boolean;
};
