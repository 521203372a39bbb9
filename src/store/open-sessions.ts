import type { ClientSession, Connection } from 'mongoose';

/** Transactions take milliseconds; what takes longer waits for a server that does not answer. */
const CLOSE_WAIT_MS = 2_000;

/**
 * Watches the sessions of a connection, and answers with a function that resolves when all of them have ended, or after two
 * seconds. Closing a connection in the middle of a transaction may leave it open on the server, and what it wrote locked
 * for a minute: the driver's last word, to roll it back, can overtake the word before it.
 */
export function watchSessions(connection: Connection): () => Promise<void> {
  const open = new Set<ClientSession>();
  let onChange = (): void => {};
  const startSession = connection.startSession.bind(connection);
  connection.startSession = async (options) => {
    const session = await startSession(options);
    open.add(session);
    session.once('ended', () => {
      open.delete(session);
      onChange();
    });
    return session;
  };

  return async () => {
    if (open.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_WAIT_MS);
      onChange = () => {
        if (open.size > 0) return;
        clearTimeout(timer);
        resolve();
      };
    });
  };
}
