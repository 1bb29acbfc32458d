// All brokers are away, and then the disk under the spool of one partitioner is full: it must refuse what it cannot
// store, accept events again as soon as there is room, and need no room once the brokers are back.
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServiceProcess } from '../../infra/cluster/service-process.ts'
import { until } from '../../testing/until.ts'
import type { Sender } from './sender.ts'
import { spooledBy } from './spooled.ts'
import type { World } from './world.ts'

const CHANGE_MS_MAX = 600_000
const LOOK_MS = 100

/** Resolves when the brokers run and the disk has room again. Fails if the partitioner answers wrongly. */
export async function fillDisk(world: World, sender: Sender, target: string, holdMs: number): Promise<void> {
  const { cluster, spoolDisk } = world
  const partitioner = cluster.service(target)
  const door = `http://127.0.0.1:${partitioner.spec.port}`
  const takes = async () => (await sender.tryAt(door)).status === 202
  const brokers = cluster.endpoints.kafka!.map((_, index) => `kafka-${index + 1}`)
  try {
    await each(brokers, (broker) => cluster.servers.pause(broker))
    const spools = async () => (await takes()) && (await spooledBy(partitioner)) > 0
    await until(`${target} spools`, spools, CHANGE_MS_MAX)
    await spoolDisk!.fill()
    await refuses(sender, partitioner, door, holdMs)
    await spoolDisk!.free()
    await until(`${target} spools again`, takes, CHANGE_MS_MAX)
    await spoolDisk!.fill()
    await each(brokers, (broker) => cluster.servers.resume(broker))
    await until(`${target} takes events for the log on a full disk`, takes, CHANGE_MS_MAX)
  } finally {
    await spoolDisk!.free()
    await each(brokers, (broker) => cluster.servers.resume(broker))
  }
}

async function refuses(sender: Sender, { spec }: ServiceProcess, door: string, ms: number): Promise<void> {
  const endMs = performance.now() + ms
  let refused = 0
  while (performance.now() < endMs) {
    const { status, headers } = await sender.tryAt(door)
    if (status !== 503 || !headers.has('retry-after')) {
      const words = `${status}, Retry-After ${headers.get('retry-after')}`
      throw new Error(`${spec.name} answered ${words} on a full disk without brokers, after ${refused} × 503`)
    }
    refused++
    await sleep(LOOK_MS)
  }
  console.log(`${spec.name} answered 503 with Retry-After ${refused} times while its disk was full`)
}

async function each(names: readonly string[], act: (name: string) => Promise<void>): Promise<void> {
  await Promise.all(names.map(act))
}
