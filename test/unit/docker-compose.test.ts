import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { ROLES } from '../../src/app/roles.ts';

const Healthcheck = z.object({ test: z.array(z.string()) });
const Service = z.object({
  image: z.string(),
  command: z.array(z.string()),
  healthcheck: Healthcheck,
  networks: z.array(z.string()),
  volumes: z.array(z.string()),
  ports: z.array(z.string()).default([]),
  profiles: z.array(z.string()).default([]),
  environment: z.record(z.string(), z.string()).default({}),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
});
const Compose = z.object({
  services: z.object({
    mongodb: Service,
    redis: Service,
    worker: Service,
    api: Service,
    slack: Service,
    discord: Service,
  }),
  networks: z.record(z.string(), z.object({ internal: z.boolean().optional() }).nullable()),
  volumes: z.record(z.string(), z.null()),
});

const { services, networks, volumes } = Compose.parse(
  parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }),
);
const { mongodb, redis, ...roles } = services;

describe('docker compose', () => {
  it('has a container for every role', () => {
    expect(Object.keys(roles)).toEqual([...ROLES]);
  });

  it('runs MongoDB 8 as a replica set that its health check initiates', () => {
    const check = mongodb.healthcheck.test.join(' ');

    expect(mongodb.image).toMatch(/^mongo:8/);
    expect(mongodb.command).toEqual(expect.arrayContaining(['--replSet', 'rs0']));
    expect(check).toContain("rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: 'mongodb:27017' }] })");
    expect(check).toContain('isWritablePrimary');
  });

  it('runs a Redis that writes to disk and never evicts', () => {
    const command = redis.command.join(' ');

    expect(command).toContain('--appendonly yes');
    expect(command).toContain('--maxmemory-policy noeviction');
    expect(redis.healthcheck.test.join(' ')).toContain('ping');
  });

  it('keeps the data of both stores in named volumes', () => {
    const named = [mongodb, redis].map((store) => store.volumes.map((volume) => volume.split(':')[0] ?? ''));

    for (const names of named) expect(Object.keys(volumes)).toEqual(expect.arrayContaining(names));
    expect(mongodb.volumes).toContain('mongodb-data:/data/db');
    expect(redis.volumes).toContain('redis-data:/data');
  });

  it('lets nobody but the roles reach the stores', () => {
    expect(networks['stores']).toEqual({ internal: true });
    for (const store of [mongodb, redis]) {
      expect(store.networks).toEqual(['stores']);
      expect(store.ports).toEqual([]);
    }
  });

  it.each(Object.entries(roles))(
    'runs %s in a container of its own once the stores are healthy',
    (name, role) => {
      expect(role.command).toEqual([name]);
      expect(role.depends_on).toEqual({
        mongodb: { condition: 'service_healthy' },
        redis: { condition: 'service_healthy' },
      });
      expect(role.healthcheck.test.join(' ')).toContain('/ok');
      expect(role.environment['MONGODB_URI']).toContain('replicaSet=rs0');
      for (const port of role.ports) expect(port).toMatch(/^127\.0\.0\.1:[\d-]+:8080$/);
      expect(role.ports).toHaveLength(1);
    },
  );

  it('starts a platform only when asked to, as it needs a token', () => {
    expect(roles.worker.profiles).toEqual([]);
    expect(roles.api.profiles).toEqual([]);
    expect(roles.slack.profiles).toEqual(['slack']);
    expect(roles.discord.profiles).toEqual(['discord']);
  });
});
