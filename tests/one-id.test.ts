// One id in several types, minutes and sources: each is a separate event, from the SDK to the audit.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_KEYS } from '../lib/http/keys/key-ring.ts'
import { openServer } from '../lib/http/open-server.ts'
import { readServerSettings } from '../lib/http/server-settings.ts'
import { SettingsReader } from '../lib/settings-reader.ts'
import { MINUTE_MS, MINUTES_PER_HOUR, minuteOf } from '../model/bucket.ts'
import { createClient } from '../sdk/src/node/index.ts'
import { registerEvents } from '../services/partitioner/events-route.ts'
import { EVENT_LIMITS } from '../services/partitioner/limits.ts'
import { NO_METRICS } from '../services/partitioner/partitioner-metrics.ts'
import { recordArchive } from '../services/reconciler/archiving/raw-events.ts'
import { BatchLayer } from '../services/reconciler/batch-layer.ts'
import { LocalRateLimit } from '../stores/rate-limit/rate-limit.ts'
import { BATCH_SETTINGS, until } from '../testing/batch-world.ts'
import { schemas, timeOf } from '../testing/event-fixture.ts'
import { fixedLayouts } from '../testing/fixed-layouts.ts'
import { MemoryArchive } from '../testing/memory-archive.ts'
import { MemoryJournal } from '../testing/memory-journal.ts'
import { MemoryRollups } from '../testing/memory-rollups.ts'
import { MemoryUniques } from '../testing/memory-uniques.ts'
import { MemoryVideos } from '../testing/memory-videos.ts'
import { MemoryWorld } from '../testing/memory-world.ts'

const NOON_MS = timeOf('12:00:00')
const HOUR = minuteOf(NOON_MS)
const LAYOUT = { version: 1, fromMinute: 0, partitions: 1, splits: new Map(), dedicated: new Map() }

/** `type minute: events`: what is sent, each copied once more. */
const EXPECTED = ['like 0: 1', 'view 0: 3', 'view 1: 1']

async function sendAll(url: string): Promise<number> {
  const event = { id: '1', videoId: 'cats', type: 'view', time: NOON_MS }
  const plain = [event, { ...event, type: 'like' }, { ...event, time: NOON_MS + MINUTE_MS }]
  const { accepted } = await createClient({ url }).processEvents([...plain, ...plain])
  const time = new Date(NOON_MS).toISOString()
  const cloud = ['/a', '/b', '/a', '/b'].map((source) => {
    return { specversion: '1.0', id: '1', source, type: 'view', subject: 'cats', time }
  })
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents-batch+json' },
    body: JSON.stringify(cloud),
  })
  return accepted + ((await answer.json()) as { accepted: number }).accepted
}

async function countedFromDoorToAudit() {
  const world = new MemoryWorld()
  const { log, clock, counts } = world
  const settings = readServerSettings(new SettingsReader({ LOG_LEVEL: 'silent' }), 0)
  const { app, registry } = openServer(settings)
  const layouts = fixedLayouts([LAYOUT])
  const still = { nowMs: () => clock.nowMs(), sleep: async () => {} } // nobody moves the clock yet
  registerEvents(app, {
    log,
    layouts,
    clock: still,
    keys: NO_KEYS,
    limits: EVENT_LIMITS,
    rateLimit: new LocalRateLimit(null, still),
    sourcesFromMs: 0,
    metrics: NO_METRICS,
  })
  const accepted = await sendAll(await app.listen({ host: '127.0.0.1', port: 0 }))
  await app.close()

  const driver = await world.driver()
  const running = driver.run()
  const [journal, rollups, archive] = [
    new MemoryJournal(),
    new MemoryRollups(),
    new MemoryArchive(() => clock.nowMs()),
  ]
  const layer = new BatchLayer(
    {
      ...{ log, counts, rollups, journal, clock, registry, archive },
      records: recordArchive(archive, schemas),
      uniques: new MemoryUniques(),
      plans: null,
      forget: async () => {},
      videos: new MemoryVideos(),
      countedAsOfMs: async () => driver.asOfMs,
      sourcesFromMs: 0,
      logger: app.log,
    },
    BATCH_SETTINGS,
  )
  layer.own(await log.sources('events'))
  layer.lead(true)
  const counted = async () => {
    const lines: string[] = []
    for (const type of ['like', 'view']) {
      const range = { resolution: 'minute', from: HOUR, to: HOUR + MINUTES_PER_HOUR } as const
      const { periods } = await counts.read({ tenant: '', videoId: 'cats', type }, range)
      lines.push(...periods.map(({ start, aggregate }) => `${type} ${start - HOUR}: ${aggregate.count}`))
    }
    return lines
  }
  const { endOffset } = await log.bounds(await world.source())
  await until(clock, () => driver.checkpoint?.offset === endOffset - 1)
  const streamed = await counted()
  await until(clock, () => (rollups.reconciled?.toMinute ?? 0) > HOUR + MINUTES_PER_HOUR, MINUTE_MS / 2)
  driver.stop()
  await Promise.all([world.whileRunning(running), layer.stop()])
  const [audit] = await rollups.readHours(HOUR, HOUR + 1)
  const alerts = await journal.latest('alerts', 10)
  return { accepted, streamed, recounted: await counted(), audit: audit!, alerts }
}

test('the recount counts one id of several types, minutes and sources as so many events', async () => {
  const { accepted, recounted } = await countedFromDoorToAudit()
  assert.equal(accepted, 10, 'copies are accepted too')
  assert.deepEqual(recounted, EXPECTED)
})

test('the stream counts them so by itself: the audit finds nothing to correct', async () => {
  const { streamed, audit, alerts } = await countedFromDoorToAudit()
  assert.deepEqual(streamed, EXPECTED)
  assert.deepEqual([audit.unexplained, audit.unexplainedDifference, alerts.length], [0, 0, 0])
})
