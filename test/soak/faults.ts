import { setTimeout as pause } from 'node:timers/promises';
import type { Fault, Role } from './plan.ts';
import type { SoakHouse } from './house.ts';
import type { SoakStore } from './stores.ts';

export type Faults = {
  strike(fault: Fault): void;
  /** How often each kind has struck. */
  readonly counts: ReadonlyMap<Fault['do'], number>;
  /** Resolves when every fault that lasts is over and mended; rejects when one could not be. */
  mended(): Promise<void>;
};

/** Does to the house what the plan says. */
export function createFaults(house: SoakHouse): Faults {
  const counts = new Map<Fault['do'], number>();
  const lasting: Promise<void>[] = [];
  const restarting = new Set<SoakStore>();
  const { slack, discord, stores } = house;

  const processOf = (role: Role, index: number) =>
    house.processes.filter((each) => each.role === role)[index];

  async function restart(store: SoakStore, downMs: number, empty = false): Promise<void> {
    if (restarting.has(store)) return;
    restarting.add(store);
    await store.killAndRestart(downMs, empty).finally(() => restarting.delete(store));
  }

  async function slow({ proxy }: SoakStore, delayMs: number, ms: number): Promise<void> {
    proxy.delayAnswers(delayMs);
    await pause(ms);
    proxy.heal();
  }

  async function slowPlatform(fault: Extract<Fault, { do: 'slow-platform' }>): Promise<void> {
    const { delayMs } = fault;
    const always = { times: Number.POSITIVE_INFINITY };
    const mend =
      fault.platform === 'slack'
        ? slack.faults.api({ ...always, do: { kind: 'delay', ms: delayMs } })
        : discord.fault({ ...always, effect: { kind: 'delay', ms: delayMs } });
    await pause(fault.ms);
    mend();
  }

  function cutSockets({ platform, resumable }: Extract<Fault, { do: 'cut-sockets' }>): void {
    if (platform === 'discord') discord.gateway.drop({ resumable });
    else if (resumable) slack.disconnectSockets('refresh_requested');
    else slack.cutSockets();
  }

  function limit({ platform, retryAfterMs }: Extract<Fault, { do: 'limit' }>): void {
    if (platform === 'slack') {
      slack.faults.api({
        method: 'chat.update',
        do: { kind: 'rate-limit', retryAfter: Math.ceil(retryAfterMs / 1_000) },
      });
    } else {
      discord.fault({
        route: 'PATCH /channels/:channel/messages/:message',
        effect: { kind: 'rate-limit', retryAfterMs },
      });
    }
  }

  function begin(fault: Fault): Promise<void> | void {
    switch (fault.do) {
      case 'kill':
        return processOf(fault.role, fault.index)?.kill(fault.ms);
      case 'freeze':
        return processOf(fault.role, fault.index)?.freeze(fault.ms);
      case 'restart-redis':
        return restart(stores.redis, fault.ms, fault.empty);
      case 'restart-mongodb':
        return restart(stores.mongodb, fault.ms);
      case 'slow-redis':
        return slow(stores.redis, fault.delayMs, fault.ms);
      case 'slow-mongodb':
        return slow(stores.mongodb, fault.delayMs, fault.ms);
      case 'cut-redis':
        return stores.redis.proxy.reset();
      case 'cut-mongodb':
        return stores.mongodb.proxy.reset();
      case 'cut-sockets':
        return cutSockets(fault);
      case 'jump-clock':
        return fault.platform === 'slack' ? house.jumpSlack(fault.ms) : discord.advance(fault.ms);
      case 'slow-platform':
        return slowPlatform(fault);
      case 'limit':
        return limit(fault);
    }
  }

  return {
    counts,
    strike(fault) {
      counts.set(fault.do, (counts.get(fault.do) ?? 0) + 1);
      const lasts = begin(fault);
      if (lasts === undefined) return;
      // Told by `mended`, when the traffic has ended.
      lasts.catch(() => {});
      lasting.push(lasts);
    },
    async mended() {
      await Promise.all(lasting);
    },
  };
}
