// Who probes the front door, and what is told of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { BATCH_SETTINGS, until } from '../../../testing/batch-world.ts'
import { schemas } from '../../../testing/event-fixture.ts'
import { MemoryArchive } from '../../../testing/memory-archive.ts'
import { MemoryJournal } from '../../../testing/memory-journal.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { MemoryUniques } from '../../../testing/memory-uniques.ts'
import { MemoryVideos } from '../../../testing/memory-videos.ts'
import { MemoryWorld } from '../../../testing/memory-world.ts'
import { recordArchive } from '../archiving/raw-events.ts'
import { BatchLayer } from '../batch-layer.ts'
import type { ProbedClient } from './weak-audit-probe.ts'

const EVENTS = 10
const SUM = 45

function reconcilerIn({ log, counts, clock }: MemoryWorld) {
  const registry = new Registry()
  const archive = new MemoryArchive(() => clock.nowMs())
  const layer = new BatchLayer(
    {
      ...{ log, counts, clock, registry, archive },
      rollups: new MemoryRollups(),
      journal: new MemoryJournal(),
      records: recordArchive(archive, schemas),
      uniques: new MemoryUniques(),
      plans: null,
      forget: async () => {},
      videos: new MemoryVideos(),
      countedAsOfMs: async () => clock.nowMs(),
      sourcesFromMs: 0,
      logger: Fastify({ logger: false }).log,
    },
    BATCH_SETTINGS,
  )
  const probes = async () => {
    const { values } = await registry.getSingleMetric('tally_weak_audits_total')!.get()
    return values.map(({ labels, value }) => `${labels.ok} ${value}`).sort()
  }
  return { layer, probes }
}

/** Counts what comes in a minute, as the store does: of two probes in one minute both find too much. */
class Door implements ProbedClient {
  readonly #ids = new Map<number, Set<string>>()
  async processEvents(events: Parameters<ProbedClient['processEvents']>[0]) {
    for (const { id, time } of events) this.#idsOf(time).add(id)
    return { accepted: events.length }
  }
  async getStats(...[, , fn, from]: Parameters<ProbedClient['getStats']>) {
    const probes = this.#idsOf(from).size / EVENTS
    return { value: probes * (fn === 'count' ? EVENTS : SUM) }
  }
  #idsOf(time: number): Set<string> {
    const minute = Math.floor(time / MINUTE_MS)
    const ids = this.#ids.get(minute) ?? new Set()
    this.#ids.set(minute, ids)
    return ids
  }
}

test('of several reconcilers the one that leads probes, for two in a minute would find too much', async () => {
  const world = new MemoryWorld()
  const door = new Door()
  const [first, second] = [reconcilerIn(world), reconcilerIn(world)]
  first.layer.lead(true)
  second.layer.lead(false)
  first.layer.probe(door, MINUTE_MS, () => false)
  world.clock.advance(MINUTE_MS / 4) // they are never started in the same moment
  second.layer.probe(door, MINUTE_MS, () => false)
  await until(world.clock, async () => (await first.probes()).includes('true 3'), MINUTE_MS / 8)
  assert.deepEqual(await first.probes(), ['false 0', 'true 3'])
  assert.deepEqual(await second.probes(), ['false 0', 'true 0'])

  first.layer.lead(false)
  second.layer.lead(true)
  await until(world.clock, async () => (await second.probes()).includes('true 2'), MINUTE_MS / 8)
  assert.ok((await first.probes()).includes('true 3'))
  await world.whileRunning(Promise.all([first.layer.stop(), second.layer.stop()]).then(() => {}))
})

test('where nothing is to be probed, nothing is told of probes, so that their lack is no alarm', async () => {
  const { layer, probes } = reconcilerIn(new MemoryWorld())
  assert.deepEqual(await probes(), [])
  layer.probe(new Door(), MINUTE_MS, () => true)
  assert.deepEqual(await probes(), ['false 0', 'true 0'])
  await layer.stop()
})
