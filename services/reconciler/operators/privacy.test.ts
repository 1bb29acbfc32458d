import assert from 'node:assert/strict'
import { it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import Fastify from 'fastify'
import { Registry } from 'prom-client'
import { dayOf, hourOf, MINUTE_MS, minuteOf, type Series } from '../../../model/bucket.ts'
import type { Resolution } from '../../../stores/counts/counts.ts'
import {
  atMinute,
  batchOf,
  countsOf,
  DAY,
  questionOf,
  viewerSha256,
} from '../../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, until } from '../../../testing/batch-world.ts'
import { schemas, timeOf, timeText } from '../../../testing/event-fixture.ts'
import { MemoryArchive } from '../../../testing/memory-archive.ts'
import { MemoryJournal } from '../../../testing/memory-journal.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { MemoryUniques } from '../../../testing/memory-uniques.ts'
import { MemoryVideos } from '../../../testing/memory-videos.ts'
import { MemoryWorld } from '../../../testing/memory-world.ts'
import { recordArchive } from '../archiving/raw-events.ts'
import { BatchLayer } from '../batch-layer.ts'

const NOON = minuteOf(timeOf('12:00:00'))

/** Stream and batch layer on one clock. */
class World extends MemoryWorld {
  readonly archive = new MemoryArchive(() => this.clock.nowMs())
  readonly rollups = new MemoryRollups()
  readonly journal = new MemoryJournal()
  readonly videos = new MemoryVideos()
  #counted: () => number = () => 0

  /** Begins to count. */
  async stream() {
    const driver = await this.driver()
    const running = driver.run()
    this.#counted = () => driver.asOfMs
    return async () => {
      driver.stop()
      await this.whileRunning(running)
    }
  }

  /** A batch layer that archives and recounts until it is stopped. */
  async layer(): Promise<BatchLayer> {
    const { log, counts, archive, rollups, journal, videos, clock } = this
    const uniques = new MemoryUniques()
    const layer = new BatchLayer(
      {
        ...{ log, counts, archive, uniques, rollups, journal, videos, clock },
        records: recordArchive(archive, schemas),
        plans: null,
        forget: async () => {},
        countedAsOfMs: async () => this.#counted(),
        sourcesFromMs: 0,
        logger: Fastify({ logger: false }).log,
        registry: new Registry(),
      },
      BATCH_SETTINGS,
    )
    layer.own([...(await log.sources('events')), ...(await log.sources('events-late'))])
    layer.lead(true)
    return layer
  }

  async pass(ms: number): Promise<void> {
    for (let turn = 0; turn < 4; turn++) await setImmediate()
    this.clock.advance(ms)
  }

  /** The counts; for hours and days, the rollups. */
  async count(series: Series, resolution: Resolution, start: number): Promise<number> {
    const range = { resolution, from: start, to: start + 1 }
    const { periods } =
      resolution === 'minute'
        ? await this.counts.read(series, range)
        : await this.rollups.readRollups(series, range)
    return periods[0]?.aggregate.count ?? 0
  }
}

const STEP = fc.record({
  events: fc.array(
    fc.record({
      video: fc.constantFrom('a', 'b'),
      type: fc.constantFrom('view', 'like'),
      ageMinutes: fc.oneof(fc.nat(9), fc.integer({ min: 12, max: 90 })),
    }),
    { maxLength: 4 },
  ),
  act: fc.oneof(
    { weight: 12, arbitrary: fc.constant('nothing') },
    fc.constant('remove'),
    fc.constant('restart'),
  ),
})

it('leaves nothing of a video before its removal and all of it after, while events stream', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { minLength: 20, maxLength: 60 }), async (steps) => {
      const world = new World()
      const { clock, journal, rollups } = world
      const ended = await world.stream()
      let layer = await world.layer()
      const sent: { readonly series: Series; readonly minute: number }[] = []
      let removedBefore = Number.NEGATIVE_INFINITY
      for (const { events, act: what } of steps) {
        const texts = events.map(({ video, type, ageMinutes }) => {
          const timeMs = clock.nowMs() - ageMinutes * MINUTE_MS
          sent.push({ series: { tenant: '', videoId: video, type }, minute: minuteOf(timeMs) })
          return `${video}/${type}:e${sent.length}@${timeText(timeMs)}`
        })
        if (texts.length > 0) await world.send(...texts)
        if (what === 'remove') {
          const act = await layer.privacy.begin('remove-video', '', 'a', null)
          removedBefore = act.beforeMinute
        }
        if (what === 'restart') {
          let isStopped = false
          await Promise.all([layer.stop().then(() => (isStopped = true)), until(clock, () => isStopped)])
          layer = await world.layer()
        }
        await world.pass(40_000)
      }
      const end = hourOf(minuteOf(clock.nowMs())) + 60
      const isSettled = async () => {
        const acts = await journal.latest('privacy', 100)
        const isDone = acts.every(({ body }) => (body as { doneMs: number | null }).doneMs !== null)
        return isDone && (rollups.reconciled?.toMinute ?? 0) >= end
      }
      await until(clock, isSettled, 20_000)
      const begun = layer.reconciler.runs.begun
      await until(clock, () => layer.reconciler.runs.ended > begun, 20_000)

      for (const videoId of ['a', 'b']) {
        for (const type of ['view', 'like']) {
          const series = { tenant: '', videoId, type }
          const counts = sent.filter(
            (one) =>
              one.series.videoId === videoId &&
              one.series.type === type &&
              (videoId === 'b' || one.minute >= removedBefore),
          )
          const check = async (resolution: Resolution, startOf: (minute: number) => number) => {
            for (const start of new Set(sent.map(({ minute }) => startOf(minute)))) {
              const expected = counts.filter(({ minute }) => startOf(minute) === start).length
              const found = await world.count(series, resolution, start)
              assert.equal(found, expected, `${videoId} ${type} ${resolution} ${start - NOON}`)
            }
          }
          await check('minute', (minute) => minute)
          await check('hour', hourOf)
          await check('day', dayOf)
        }
      }
      const audits = await rollups.readHours(0, end)
      assert.equal(
        audits.reduce((sum, { unexplained }) => sum + unexplained, 0),
        0,
        'a removal is no fault of the stream',
      )
      let isStopped = false
      await Promise.all([layer.stop().then(() => (isStopped = true)), until(clock, () => isStopped)])
      await ended()
    }),
    { numRuns: 25 },
  )
})

async function untilDone(world: World): Promise<void> {
  const isDone = async () => {
    const acts = await world.journal.latest('privacy', 100)
    return acts.every(({ body }) => (body as { doneMs: number | null }).doneMs !== null)
  }
  await until(world.clock, isDone, 20_000)
}

it('removes the raw events of a video, its title, and what is still on its way', async () => {
  const world = new World()
  const ended = await world.stream()
  const layer = await world.layer()
  await world.videos.put('', 'a', { title: 'A', channel: null, durationSeconds: null, publishedMs: null })
  await world.send('a:1@12:00:00', 'b:1@12:00:00')
  for (let i = 0; i < 10; i++) await world.pass(1_000)
  await world.send('a:2@12:00:00') // in the log, but neither counted nor archived
  const act = await layer.privacy.begin('remove-video', '', 'a', 'me')
  await untilDone(world)
  assert.deepEqual(await countsOf(world.archive, questionOf([NOON])), [`b view ${NOON - DAY}: 1/1`])
  assert.equal(await world.videos.find('', 'a'), null)
  const [record] = await layer.privacy.acts.latest(1)
  assert.deepEqual(
    [record!.id, record!.events, record!.by, record!.subject, record!.beforeMinute],
    [act.id, 2, 'me', 'a', NOON + 1],
  )
  await world.videos.put('', 'a', { title: 'Anew', channel: null, durationSeconds: null, publishedMs: null })
  await world.pass(10 * MINUTE_MS)
  assert.equal((await world.videos.find('', 'a'))?.title, 'Anew')
  await Promise.all([layer.stop(), world.pass(MINUTE_MS), ended()])
})

it('forgets a viewer, also in events that were on their way, and keeps no trace of the id', async () => {
  const world = new World()
  const ended = await world.stream()
  const layer = await world.layer()
  await world.archive.store(
    batchOf('00000000-9', 'events', [
      atMinute(NOON, { id: 'x', viewerId: 'anna' }),
      atMinute(NOON, { id: 'y', viewerId: 'otto', offset: 1 }),
    ]),
  )
  await layer.privacy.begin('forget-viewer', '', viewerSha256('anna'), null)
  await until(world.clock, async () => (await layer.privacy.acts.latest(1))[0]!.rewritten)
  await world.archive.store(
    batchOf('00000000-9', 'events', [atMinute(NOON, { id: 'z', viewerId: 'anna', offset: 2 })]),
  )
  await untilDone(world)
  assert.equal(await world.archive.forgetViewer('', viewerSha256('anna')), 0)
  assert.equal(await world.archive.forgetViewer('', viewerSha256('otto')), 1)
  const acts = await world.journal.latest('privacy', 10)
  assert.equal((acts[0]!.body as { events: number }).events, 2)
  assert.ok(!JSON.stringify(acts).includes('anna'))
  await Promise.all([layer.stop(), world.pass(MINUTE_MS), ended()])
})

it('carries out the other acts where one cannot be, and that one later', async () => {
  const world = new World()
  const ended = await world.stream()
  const video = { title: 'A', channel: null, durationSeconds: null, publishedMs: null }
  await world.videos.put('', 'a', video)
  await world.videos.put('', 'b', video)
  const remove = world.videos.remove.bind(world.videos)
  world.videos.remove = async (tenant, videoId) => {
    if (videoId === 'a') throw new Error('the titles are not whole')
    return remove(tenant, videoId)
  }
  const layer = await world.layer()
  await layer.privacy.begin('remove-video', '', 'a', null)
  await layer.privacy.begin('remove-video', '', 'b', null)
  const [later, first] = await layer.privacy.acts.latest(2)
  assert.deepEqual([first!.subject, later!.subject], ['a', 'b'])
  const actOf = async (id: string) => (await layer.privacy.acts.latest(2)).find((act) => act.id === id)!
  await until(world.clock, async () => (await actOf(later!.id)).titleRemoved)
  assert.equal(await world.videos.find('', 'b'), null)
  await assert.rejects(layer.privacy.carryOut(0), /not whole/)
  assert.equal((await actOf(first!.id)).doneMs, null)
  world.videos.remove = remove
  await untilDone(world)
  assert.equal(await world.videos.find('', 'a'), null)
  await Promise.all([layer.stop(), world.pass(MINUTE_MS), ended()])
})
