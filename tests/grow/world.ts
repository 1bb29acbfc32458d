// What a test of a growing cluster has at hand, and what it says meanwhile.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import type { Random } from '../../simulator/random.ts'
import type { Administrator } from '../../testing/administrator.ts'
import type { Sender } from '../faults/sender.ts'
import type { EventSource } from '../faults/traffic.ts'
import type { Sent } from '../faults/under-load.ts'

export type World = {
  readonly cluster: Cluster
  readonly sender: Sender
  readonly signal: AbortSignal
  /** Runs what docs/operate/servers.md tells an operator to. */
  readonly administrator: Administrator
}

export type Growth = {
  /** In the beginning. */
  readonly size: { readonly brokers: number; readonly cassandraNodes: number; readonly partitions: number }
  /** Further settings of the services. */
  readonly environment?: Readonly<Record<string, string>>
  /** What is sent in place of events of the present. */
  traffic?(random: Random): EventSource
  grow(world: World): Promise<void>
  /** What is wrong when everything was sent and compared, one line each. */
  later?(cluster: Cluster, sent: Sent, signal: AbortSignal): Promise<readonly string[]>
}

/** How long each state of the cluster lasts under load. */
const HOLD_MS = 10_000

export function hold({ signal }: World): Promise<void> {
  return sleep(HOLD_MS, undefined, { signal })
}

export function say(what: string): void {
  console.log(`${new Date().toISOString()} ${what}`)
}

/** Says how long it took. */
export async function timed<T>(what: string, work: Promise<T>): Promise<T> {
  const startMs = performance.now()
  const result = await work
  say(`${what} (${((performance.now() - startMs) / 1_000).toFixed(0)} s)`)
  return result
}
