// Injects faults one after the other at random moments, until it is stopped.
import { OWNERS_MAX } from './owners.ts'
import { drawPoison } from './traffic.ts'
import type { World } from './world.ts'

type Misfortune = (world: World) => string | null

const MISFORTUNES: readonly Misfortune[] = [
  function crashOwner({ owners, random }) {
    const alive = owners.filter((owner) => owner.alive)
    if (alive.length === 0) return null
    const { node } = random.pick(alive)
    node.crash()
    return `${node.name} crashes`
  },
  function pauseOwner({ owners, random }) {
    const alive = owners.filter((owner) => owner.alive)
    if (alive.length === 0) return null
    const { node } = random.pick(alive)
    node.pause(random.delayMs(30_000, 200_000))
    return `${node.name} is paused`
  },
  function stopOwner({ owners, random }) {
    const alive = owners.filter((owner) => owner.alive && owner.recovered)
    if (alive.length === 0) return null
    const owner = random.pick(alive)
    owner.stop()
    return `${owner.node.name} is asked to stop`
  },
  function addOwners(world) {
    world.startOwners(world.random.int(1, OWNERS_MAX))
    return null
  },
  function crashPartitioner(world) {
    const partitioner = world.random.pick(world.partitioners)
    partitioner.node.crash()
    world.startPartitioner()
    return `${partitioner.node.name} crashes`
  },
  function replicaDown({ replicas, random, scheduler }) {
    const replica = random.int(0, 2)
    replicas.setDown(replica, true)
    scheduler.after(random.delayMs(20_000, 120_000), () => replicas.setDown(replica, false))
    return `replica ${replica} is down for a while`
  },
  function storm(world) {
    Object.assign(world.weather, { latencyMs: 2_000, longestMs: 40_000, failures: 0.4 })
    world.scheduler.after(world.random.int(1_000, 30_000), () => world.calm())
    return 'a storm: calls are slow and many fail'
  },
  function loseHints({ hints, random }) {
    hints.lose(random.pick([0.3, 1]))
    return 'hints are lost'
  },
  function loseKey({ meta, settings }) {
    if (settings.upgrade || settings.shared !== null) return null // what had no source before would have one
    meta.lose()
    return 'the key of names is lost: who starts from now on uses another'
  },
  function crashReconciler(world) {
    const alive = world.reconcilers.filter(({ node }) => !node.crashed)
    const reconciler = world.sharedBatch === null ? alive.at(-1) : world.random.pick(alive)
    if (reconciler === undefined) return null
    reconciler.node.crash()
    world.startReconciler()
    return `${reconciler.node.name} crashes`
  },
  function changeLeaders({ log }) {
    log.changeLeaders()
    return 'partitions change their leaders, and so their clocks'
  },
]

/** Of worlds in which partitioners share layouts. */
const SHARED_MISFORTUNES: readonly Misfortune[] = [
  function pausePartitioner({ partitioners, random }) {
    const { node } = random.pick(partitioners)
    node.pause(random.delayMs(60_000, 200_000))
    return `${node.name} is paused`
  },
  function cutOffPartitioner({ partitioners, meta, random, scheduler }) {
    const { node } = random.pick(partitioners)
    meta.cutOff.add(node)
    scheduler.after(random.delayMs(60_000, 200_000), () => meta.cutOff.delete(node))
    return `${node.name} cannot reach the meta topic`
  },
  function changeMetaLeader({ meta, random, settings }) {
    const { leaderSkewMs } = settings.shared!
    meta.changeLeader(random.int(-leaderSkewMs, leaderSkewMs))
    return 'the meta topic has another leader'
  },
  function compactMeta({ meta }) {
    meta.compact()
    return 'the meta topic is compacted'
  },
]

/** Of worlds in which reconcilers share the recounts. */
const HELPER_MISFORTUNES: readonly Misfortune[] = [
  ...MISFORTUNES.filter(({ name }) => name === 'crashReconciler' || name === 'storm'),
  function pauseReconciler({ reconcilers, random }) {
    const { node } = random.pick(reconcilers.filter(({ node: { crashed } }) => !crashed))
    node.pause(random.delayMs(30_000, 200_000))
    return `${node.name} is paused`
  },
]

export function startChaos(world: World, endMs: number): { stop: () => void } {
  const { scheduler, random, settings } = world
  let stopped = false
  const misfortunes = () => {
    if (world.sharedBatch !== null && random.chance(0.5)) return HELPER_MISFORTUNES
    return settings.shared !== null && random.chance(0.5) ? SHARED_MISFORTUNES : MISFORTUNES
  }
  const strike = () => {
    if (stopped) return
    const line = random.pick(misfortunes())(world)
    if (line !== null) {
      world.faults++
      world.trace(line)
    }
    if (random.chance(0.7)) world.startOwners(1)
    scheduler.after(random.delayMs(settings.chaosIntervalMs, 5 * settings.chaosIntervalMs), strike)
  }
  scheduler.after(random.int(0, settings.chaosIntervalMs), strike)
  const spanMs = Math.floor(endMs - scheduler.nowMs)
  const changes = settings.shared?.changes ?? settings.layoutChanges
  for (let i = 0; i < changes; i++) {
    scheduler.after(random.int(0, spanMs), () => world.changeLayout())
  }
  for (let i = 0; i < settings.events * settings.poison; i++) {
    scheduler.after(random.int(0, spanMs), () => {
      const { lane, partition } = random.pick(world.log.countedSources())
      world.log.append(lane, partition, drawPoison(random, scheduler.nowMs))
    })
  }
  return {
    stop: () => {
      stopped = true
    },
  }
}
