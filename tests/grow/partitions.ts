// The log grows from 16 to 24 partitions, and a process of each service is killed meanwhile.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import { runScript } from '../../infra/cluster/run-script.ts'
import { endsOf, type Place } from '../../testing/kafka-records.ts'
import { type Growth, hold, say, type World } from './world.ts'

const BEFORE = 16
const AFTER = 24
/** A layout is in force within two minutes. */
const USED_MS_MAX = 300_000
const DEAD_MS = 5_000
const LOOK_MS = 1_000
const EVENTS_TOPICS = 'tally.events.'
const KILLED = ['processing-1', 'partitioner-1', 'reconciler-1', 'query-1']

export const partitions: Growth = {
  size: { brokers: 1, cassandraNodes: 1, partitions: BEFORE },
  grow,
}

/** Returns when every partition has records, a while after. */
async function grow(world: World): Promise<void> {
  const { cluster, signal } = world
  const { environment } = cluster.services[0]!.spec
  await hold(world)
  const startMs = performance.now()
  await runScript('tools/topics.ts', { ...environment, PARTITIONS: String(AFTER) })
  say(`the log has ${(await ends(cluster)).length} partitions`)
  for (const name of KILLED) {
    await cluster.service(name).kill()
    await sleep(DEAD_MS, undefined, { signal })
    await cluster.service(name).start()
    say(`${name} was killed, and is back`)
  }
  while ((await ends(cluster)).some(({ offset }) => offset === '0')) {
    if (performance.now() - startMs > USED_MS_MAX) throw new Error('some partitions get nothing')
    await sleep(LOOK_MS, undefined, { signal })
  }
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(0)
  say(`every one of ${AFTER} partitions has records, ${seconds} s after the command`)
  await hold(world)
}

function ends(cluster: Cluster): Promise<readonly Place[]> {
  return endsOf(cluster.endpoints.kafka![0]!, EVENTS_TOPICS)
}
