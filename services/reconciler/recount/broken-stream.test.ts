// The production batch layer with a stream that is broken on purpose: its log leaves out every 1,000th event.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { MINUTE_MS, MINUTES_PER_HOUR, minuteOf } from '../../../model/bucket.ts'
import { RecordBuilder } from '../../../schemas/record.ts'
import { splitRecord } from '../../../simulator/reference.ts'
import type { HourAudit } from '../../../stores/counts/rollups.ts'
import type { Log, LogRecord } from '../../../stores/log/log.ts'
import { BATCH_SETTINGS, until, VIEWS } from '../../../testing/batch-world.ts'
import { schemas, timeOf } from '../../../testing/event-fixture.ts'
import { MemoryArchive } from '../../../testing/memory-archive.ts'
import { MemoryJournal } from '../../../testing/memory-journal.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { MemoryUniques } from '../../../testing/memory-uniques.ts'
import { MemoryVideos } from '../../../testing/memory-videos.ts'
import { MemoryWorld } from '../../../testing/memory-world.ts'
import { recordArchive } from '../archiving/raw-events.ts'
import { BatchLayer } from '../batch-layer.ts'

const EVENTS = 2_500
const RECORD_EVENTS = 500
const SKIPPED_EACH = 1_000
const HOUR = minuteOf(timeOf('12:00:00'))

/** The log as a stream would see it that skips every 1,000th event. */
function skipping(log: Log): Pick<Log, 'read'> & Log {
  let seen = 0
  const without = (record: LogRecord): LogRecord => {
    const builder = new RecordBuilder()
    for (const body of splitRecord(record.bytes)!) if (++seen % SKIPPED_EACH !== 0) builder.addRaw(body)
    return { ...record, bytes: builder.finish() }
  }
  return {
    append: (...args) => log.append(...args),
    sources: (lane) => log.sources(lane),
    bounds: (source) => log.bounds(source),
    ends: (lane) => log.ends(lane),
    offsetForTime: (...args) => log.offsetForTime(...args),
    async read(...args) {
      const slice = await log.read(...args)
      return { ...slice, records: slice.records.map(without) }
    },
  }
}

it('finds and mends what a broken stream skips by the next recount, and tells of it', async () => {
  const world = new MemoryWorld()
  const { log, clock, counts } = world
  for (let id = 0; id < EVENTS; id += RECORD_EVENTS) {
    const ids = Array.from({ length: RECORD_EVENTS }, (_, i) => `v1:e${id + i}@12:00:0${id / RECORD_EVENTS}`)
    await world.send(...ids)
  }
  const driver = await world.driver({}, { log: skipping(log) })
  const running = driver.run()
  const rollups = new MemoryRollups()
  const journal = new MemoryJournal()
  const registry = new Registry()
  const archive = new MemoryArchive(() => clock.nowMs())
  const layer = new BatchLayer(
    {
      ...{ log, counts, rollups, journal, clock, registry },
      archive,
      records: recordArchive(archive, schemas),
      uniques: new MemoryUniques(),
      plans: null,
      forget: async () => {},
      videos: new MemoryVideos(),
      countedAsOfMs: async () => driver.asOfMs,
      sourcesFromMs: 0,
      logger: Fastify({ logger: false }).log,
    },
    BATCH_SETTINGS,
  )
  layer.own(await log.sources('events'))
  layer.lead(true)
  const views = async () => {
    const { periods } = await counts.read(VIEWS, { resolution: 'minute', from: HOUR, to: HOUR + 1 })
    return periods[0]?.aggregate.count
  }
  await until(clock, () => driver.checkpoint?.offset === EVENTS / RECORD_EVENTS - 1)
  assert.equal(await views(), EVENTS - 2, 'the stream is as broken as it is meant to be')

  const isDone = () => (rollups.reconciled?.toMinute ?? 0) >= HOUR + MINUTES_PER_HOUR
  await until(clock, isDone, MINUTE_MS / 2)
  assert.equal(await views(), EVENTS)
  const { periods } = await rollups.readRollups(VIEWS, { resolution: 'hour', from: HOUR, to: HOUR + 1 })
  assert.equal(periods[0]?.aggregate.count, EVENTS)
  const found = (await journal.latest('alerts', 10)).map(({ body }) => body as HourAudit)
  assert.deepEqual(
    found.map(({ hour, unexplained, unexplainedDifference, lateApplied }) => [
      hour,
      unexplained,
      unexplainedDifference,
      lateApplied,
    ]),
    [[HOUR, 1, 2, 0]],
  )
  assert.match(await registry.metrics(), /^tally_audit_unexplained_total 1$/m)

  driver.stop()
  await Promise.all([world.whileRunning(running), layer.stop()])
})
