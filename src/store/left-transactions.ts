import type { mongo } from 'mongoose';
import type { LeftTransactions } from '../core/ports.ts';
import type { Database } from './database.ts';
import { mapped } from './foreign-errors.ts';

/** What MongoDB tells of a session that is in a transaction while none of its commands is being executed. */
type IdleSession = { lsid: { id: mongo.UUID } };

/**
 * Asks for nothing but what every user of a MongoDB may do: to see and to end sessions of their own. The name of the
 * connections keeps it from other programs of that user.
 */
export function createLeftTransactions({
  connection,
  appName,
}: Pick<Database, 'connection' | 'appName'>): LeftTransactions {
  return {
    rollBack: (idleMs) =>
      mapped(async () => {
        const admin = connection.getClient().db('admin');
        const left = await admin
          .aggregate<IdleSession>([
            { $currentOp: { allUsers: false, idleSessions: true } },
            {
              $match: {
                type: 'idleSession',
                appName,
                'transaction.timeInactiveMicros': { $gte: idleMs * 1_000 },
              },
            },
            { $project: { lsid: 1 } },
          ])
          .toArray();
        if (left.length > 0) {
          await admin.command({ killSessions: left.map(({ lsid }) => ({ id: lsid.id })) });
        }
        return left.length;
      }),
  };
}
