import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import mongoose from 'mongoose';
import { expect, test } from 'vitest';
import { startPrivateMongodb, startPrivateRedis } from '../../fixtures/private-stores.ts';
import { testDatabase, testRedis } from '../../fixtures/stores.ts';

test('two test files never see each other’s documents', async () => {
  const [one, other] = await Promise.all([
    mongoose.createConnection(testDatabase()).asPromise(),
    mongoose.createConnection(testDatabase()).asPromise(),
  ]);
  try {
    await one.collection('notes').insertOne({ text: 'mine' });

    expect(await one.collection('notes').countDocuments()).toBe(1);
    expect(await other.collection('notes').countDocuments()).toBe(0);
  } finally {
    await Promise.all([one.close(), other.close()]);
  }
});

test('a BullMQ worker takes jobs over the URL of the local Redis', async () => {
  const { url, prefix } = testRedis();
  const queueConnection = new Redis(url, { maxRetriesPerRequest: null });
  const workerConnection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue('jobs', { connection: queueConnection, prefix });
  const taken = Promise.withResolvers<unknown>();
  const worker = new Worker('jobs', async (job) => taken.resolve(job.data), {
    connection: workerConnection,
    prefix,
  });
  try {
    await queue.add('greet', { hello: 'world' });

    expect(await taken.promise).toEqual({ hello: 'world' });
  } finally {
    await worker.close();
    await queue.close();
    queueConnection.disconnect();
    workerConnection.disconnect();
  }
});

test('a private Redis that is killed comes back under the same URL with its data', {
  timeout: 60_000,
}, async () => {
  const store = await startPrivateRedis();
  const client = new Redis(store.url, { maxRetriesPerRequest: null });
  client.on('error', () => {});
  try {
    await client.set('kept', 'yes');
    await client.call('WAITAOF', 1, 0, 5_000);
    const before = await store.pid();

    await store.kill();
    await store.restart();

    expect(await store.pid()).not.toBe(before);
    expect(await client.get('kept')).toBe('yes');
  } finally {
    client.disconnect();
    await store.stop();
  }
});

test('a private MongoDB that is killed comes back under the same URI with its data', {
  timeout: 60_000,
}, async () => {
  const store = await startPrivateMongodb();
  const connection = await mongoose.createConnection(store.url).asPromise();
  try {
    const notes = connection.collection('notes');
    await notes.insertOne({ text: 'kept' }, { writeConcern: { w: 'majority' } });

    await store.kill();
    await store.restart();

    expect(await notes.countDocuments()).toBe(1);
  } finally {
    await connection.close();
    await store.stop();
  }
});
