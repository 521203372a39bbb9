import type { ApiKey, ApiKeyStore } from '../core/ports.ts';
import type { Database } from './database.ts';
import type { ApiKeyDocument } from './documents.ts';
import { mapped } from './foreign-errors.ts';

function toApiKey({ _id, keyId, ...key }: ApiKeyDocument): ApiKey {
  return { id: keyId, ...key };
}

export function createApiKeyStore({ models }: Database): ApiKeyStore {
  return {
    create: ({ id, ...key }, secretHash) =>
      mapped(async () => {
        await models.keys.create({ _id: secretHash, keyId: id, ...key });
      }),

    findByHash: (secretHash) =>
      mapped(async () => {
        const document = await models.keys.findOne({ _id: secretHash, revokedAt: null }).lean();
        return document === null ? null : toApiKey(document);
      }),

    list: (projectId) =>
      mapped(async () => {
        const documents = await models.keys
          .find(projectId === null ? {} : { projectId })
          .sort({ createdAt: 1, keyId: 1 })
          .lean();
        return documents.map(toApiKey);
      }),

    revoke: (id, at) =>
      mapped(async () => {
        const result = await models.keys.updateOne(
          { keyId: id, revokedAt: null },
          { $set: { revokedAt: at } },
        );
        return result.modifiedCount === 1;
      }),
  };
}
