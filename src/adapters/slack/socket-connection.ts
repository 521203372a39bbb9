import { SocketModeClient } from '@slack/socket-mode';
import { slackLogger, webClientOptions, type WebClientSettings } from './web-client.ts';
import { isObject, type Json, objectOf, stringOf } from './json.ts';
import type { SlackPayload } from './deferred-ack.ts';

/** From asking for a URL to Slack's hello. */
const CONNECT_TIMEOUT_MS = 15_000;

export type SocketEnvelope = SlackPayload & {
  /** Rejects when the socket is gone; Slack then sends the envelope again. */
  ack(response: unknown): Promise<void>;
};

export type SocketListeners = {
  onEnvelope(envelope: SocketEnvelope): void;
  /** Called once: with Slack's reason, or null when the socket just ended. */
  onLost(reason: string | null): void;
};

export type SocketConnection = { close(): Promise<void> };

/**
 * Opens one Socket Mode connection that does not repair itself: the client's own repair waits 5 s, and its failure ends
 * the process as an unhandled rejection. Resolves after Slack's hello. @throws the error of apps.connections.open.
 */
export async function openSocket(
  appToken: string,
  settings: WebClientSettings,
  listeners: SocketListeners,
): Promise<SocketConnection> {
  const client = new SocketModeClient({
    appToken,
    autoReconnectEnabled: false,
    clientOptions: webClientOptions(settings),
    logger: slackLogger(settings.logger),
  });
  let isOpen = false;
  const lose = (reason: string | null) => {
    if (!isOpen) return;
    isOpen = false;
    listeners.onLost(reason);
  };
  client.on('connected', () => {
    isOpen = true;
  });
  client.on('slack_event', (event: unknown) => {
    const envelope = readEnvelope(event);
    if (envelope !== null) listeners.onEnvelope(envelope);
  });
  // Slack says goodbye some seconds before it hangs up; the successor is opened meanwhile.
  client.on('ws_message', (frame: unknown) => {
    const goodbye = readGoodbye(frame);
    if (goodbye !== null) lose(goodbye);
  });
  client.on('disconnected', () => lose(null));
  await withTimeout(client.start(), () => void client.disconnect());
  return {
    close: async () => {
      isOpen = false;
      await client.disconnect();
    },
  };
}

function readEnvelope(event: unknown): SocketEnvelope | null {
  const { body, ack, retry_num: retryNum, retry_reason: retryReason } = objectOf(event);
  if (!isObject(body) || !isAck(ack)) return null;
  return {
    body,
    ack,
    retryNum: typeof retryNum === 'number' ? retryNum : undefined,
    retryReason: stringOf(retryReason),
  };
}

function isAck(value: unknown): value is SocketEnvelope['ack'] {
  return typeof value === 'function';
}

function readGoodbye(frame: unknown): string | null {
  if (typeof frame !== 'string' || !frame.includes('"disconnect"')) return null;
  try {
    const message: Json = objectOf(JSON.parse(frame));
    return message['type'] === 'disconnect' ? (stringOf(message['reason']) ?? 'unknown') : null;
  } catch {
    return null;
  }
}

async function withTimeout<T>(work: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      giveUp();
      reject(new Error('Slack did not say hello on the socket.'));
    }, CONNECT_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
