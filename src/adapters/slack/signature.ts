import { createHmac, timingSafeEqual } from 'node:crypto';
import { MAX_SKEW_SECONDS } from './limits.ts';

type SignedRequest = {
  /** `X-Slack-Signature`. */
  signature: string | undefined;
  /** `X-Slack-Request-Timestamp`, unix seconds. */
  timestamp: string | undefined;
  /** The bytes as they came. */
  body: Uint8Array;
};

/** Whether Slack sent this, within 300 s of `now`: `v0=` HMAC-SHA256 over `v0:timestamp:body`, compared in constant time. */
export function isSignedBySlack(request: SignedRequest, signingSecret: string, now: Date): boolean {
  const { signature, timestamp, body } = request;
  if (signature === undefined || timestamp === undefined || !/^[0-9]{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > MAX_SKEW_SECONDS) return false;
  const digest = createHmac('sha256', signingSecret).update(`v0:${timestamp}:`).update(body).digest('hex');
  const expected = Buffer.from(`v0=${digest}`);
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
