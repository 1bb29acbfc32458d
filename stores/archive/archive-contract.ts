// What every form of the archive must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ALL_SERIES, cutAt, isInRange } from '../../model/series-range.ts'
import {
  atMinute,
  batchOf,
  countsOf,
  DAY,
  eventOf,
  questionOf,
  readRecount,
  sorted,
  viewerSha256,
} from '../../testing/archive-fixture.ts'
import type { Archive, ArchiveCheckpoint, ArchiveKeeper } from './archive.ts'
import type { BreakdownReader, DimensionKeeper } from './breakdowns.ts'
import { breakdowns } from './breakdowns-contract.ts'
import { copies } from './copies-contract.ts'
import { archiveNames } from './names-contract.ts'
import { viewers } from './viewers-contract.ts'

type KeptArchive = Archive & Omit<ArchiveKeeper, 'exportRaw'> & BreakdownReader & DimensionKeeper

export type ArchiveUnderTest = { readonly archive: KeptArchive; close(): Promise<void> }

export type Test = (title: string, run: (archive: KeptArchive) => Promise<void>) => void

export function archiveContract(name: string, open: () => Promise<ArchiveUnderTest>): void {
  const test: Test = (title, run) =>
    it(title, async () => {
      const { archive, close } = await open()
      try {
        await run(archive)
      } finally {
        await close()
      }
    })
  describe(name, () => {
    storing(test)
    archiveNames(test)
    copies(test)
    values(test)
    breakdowns(test)
    holdings(test)
    checkpoints(test)
    maintenance(test)
    privacy(test)
    viewers(test)
  })
}

function storing(test: Test): void {
  test('holds nothing at first', async (archive) => {
    assert.deepEqual(await archive.holdings(), [])
    assert.deepEqual(await archive.unreadable(), [])
    assert.deepEqual(await countsOf(archive, questionOf([DAY])), [])
    await archive.purge([DAY])
    assert.deepEqual(await archive.compact(DAY + 1_440), { files: 0, into: 0 })
    assert.equal(await archive.forgetViewer('', viewerSha256('u')), 0)
    assert.deepEqual(await archive.removeVideo('', 'v1', DAY + 1_440), { events: 0, hours: [] })
  })

  test('counts the hours that it is asked for, before the minute that it is told', async (archive) => {
    const minutes = [0, 1, 1, 59, 60, 119, 120]
    const events = minutes.map((minute, i) => atMinute(DAY + minute, { id: `e${i}`, offset: i }))
    await archive.store(batchOf('a-0', 'events', events))
    const first = ['v1 view 0: 1/1', 'v1 view 1: 2/2', 'v1 view 59: 1/1']
    const second = ['v1 view 60: 1/1', 'v1 view 119: 1/1']
    assert.deepEqual(await countsOf(archive, questionOf([DAY])), first)
    assert.deepEqual(await countsOf(archive, questionOf([DAY + 60, DAY])), [...first, ...second])
    assert.deepEqual(await countsOf(archive, questionOf([DAY], { beforeMinute: DAY + 1 })), first.slice(0, 1))
    assert.deepEqual(await countsOf(archive, questionOf([DAY, DAY + 120])), [...first, 'v1 view 120: 1/1'])
    assert.deepEqual(await countsOf(archive, questionOf([DAY - 60, DAY + 180])), [])
  })

  test('keeps tenants, videos and types apart, whatever they are called', async (archive) => {
    const names = ["it's", '"', 'a,b', '日本 %_*?[x]', 'v1', 'v', '\\', "');--", '🎬']
    const events = names.flatMap((videoId, i) =>
      ['', 't'].flatMap((tenant, j) =>
        ['view', 'views'].map((type, k) =>
          eventOf({ tenant, videoId, type, id: `${type}`, offset: i * 4 + j * 2 + k }),
        ),
      ),
    )
    await archive.store(batchOf('a-0', 'events', events))
    const { buckets } = await readRecount(archive, questionOf([DAY]))
    assert.equal(buckets.length, events.length)
    assert.deepEqual(new Set(buckets.map(({ bucket }) => bucket.videoId)), new Set(names))
    assert.ok(buckets.every(({ all, onTime }) => all.count === 1 && onTime.count === 1))
  })

  test('tells every bucket once, hour by hour and series by series', async (archive) => {
    const events = Array.from({ length: 12_000 }, (_, i) =>
      atMinute(DAY + (i % 120), {
        videoId: `v${(i * 7) % 50}`,
        type: i % 3 ? 'view' : 'like',
        id: `e${i}`,
        offset: i,
      }),
    )
    await archive.store(batchOf('a-0', 'events', events))
    const { buckets } = await archive.recount(questionOf([DAY, DAY + 60]))
    const told: string[] = []
    let count = 0
    for await (const lot of buckets) {
      for (const { bucket, all } of lot) {
        told.push(`${bucket.minute < DAY + 60 ? 1 : 2} ${bucket.videoId} ${bucket.type}`)
        count += all.count
      }
    }
    assert.equal(count, events.length)
    const runs = told.filter((series, i) => series !== told[i - 1])
    assert.equal(runs.length, new Set(runs).size)
    const hours = runs.map((series) => series[0])
    assert.deepEqual(hours, hours.toSorted())
  })

  test('counts a range of series, and cuts them into ranges of about the same size', async (archive) => {
    const events = Array.from({ length: 6_000 }, (_, i) =>
      atMinute(DAY + (i % 120), {
        tenant: i % 5 === 0 ? 't' : '',
        videoId: `${["it's ", 'é', '🎬', 'ﬁ', ''][i % 5]}${(i * 7) % 50}`,
        id: `e${i}`,
        offset: i,
      }),
    )
    for (const part of [0, 1, 2]) {
      const some = events.filter((_, i) => i % 3 === part)
      await archive.store(batchOf(`a-${part}`, 'events', some))
    }
    const hours = [DAY + 60, DAY]
    const { buckets: all } = await readRecount(archive, questionOf(hours))
    const keys = await archive.cuts(hours, 4)
    assert.equal(keys.length, 3)
    assert.deepEqual(await archive.cuts(hours, 1), [])
    assert.deepEqual(await archive.cuts([DAY + 600], 4), [])
    const found = []
    for (const range of cutAt(ALL_SERIES, [...keys, { tenant: 'x', videoId: '' }])) {
      const { buckets } = await readRecount(archive, questionOf(hours, { range }))
      assert.ok(buckets.every(({ bucket }) => isInRange(range, bucket)))
      const share = buckets.length / all.length
      if (range.to !== null && range.from?.tenant !== 'x') assert.ok(share > 0.05 && share < 0.5, `${share}`)
      found.push(...buckets)
    }
    assert.deepEqual(sorted(found), all)
    assert.ok(all.length > 100)
  })

  test('takes a batch without events, and refuses a source that cannot be a name', async (archive) => {
    await archive.store({ sourceId: 'a-0', origin: 'events', fromOffset: 3, toOffset: 9, events: [] })
    assert.deepEqual(await archive.holdings(), [])
    for (const sourceId of ['', '..', 'a/b', 'ä', 'x'.repeat(161)]) {
      await assert.rejects(archive.store(batchOf(sourceId, 'events', [eventOf({})])), RangeError)
    }
  })
}

function values(test: Test): void {
  test('adds up values exactly, with and without', async (archive) => {
    const events = [null, 0, -1, 1e12, 1e12, -1e12 + 1].map((valueThousandths, i) =>
      eventOf({ id: `e${i}`, offset: i, valueThousandths }),
    )
    const late = eventOf({ id: 'late', offset: 0, valueThousandths: -1e12 })
    await archive.store(batchOf('a-0', 'events', events))
    await archive.store(batchOf('b-0', 'events-late', [late]))
    const { buckets } = await readRecount(archive, questionOf([DAY]))
    assert.deepEqual(buckets[0]?.onTime, { count: 6, values: 5, sum: 10n ** 12n, min: -1e12 + 1, max: 1e12 })
    assert.deepEqual(buckets[0]?.all, { count: 7, values: 6, sum: 0n, min: -1e12, max: 1e12 })
  })

  test('adds up beyond 2^53', async (archive) => {
    const events = Array.from({ length: 10_000 }, (_, i) =>
      eventOf({ id: `e${i}`, offset: i, valueThousandths: 1e12 - 1 }),
    )
    await archive.store(batchOf('a-0', 'events', events))
    const { buckets } = await readRecount(archive, questionOf([DAY]))
    assert.equal(buckets[0]?.all.sum, 10_000n * (10n ** 12n - 1n))
  })

  test('says null of values where there are none', async (archive) => {
    await archive.store(batchOf('b-0', 'events-late', [eventOf({})]))
    const { buckets } = await readRecount(archive, questionOf([DAY]))
    assert.deepEqual(buckets[0]?.all, { count: 1, values: 0, sum: 0n, min: null, max: null })
    assert.deepEqual(buckets[0]?.onTime, { count: 0, values: 0, sum: 0n, min: null, max: null })
  })
}

function holdings(test: Test): void {
  test('lists the hours that it holds in order of time', async (archive) => {
    const minutes = [DAY + 1_500, DAY - 1, DAY + 59, DAY]
    for (const origin of ['events', 'import'] as const) {
      const events = minutes.map((minute, i) => atMinute(minute, { id: `e${i}`, offset: i }))
      await archive.store(batchOf(`${origin}-0`, origin, events))
      const held = await archive.holdings()
      assert.deepEqual(
        held.map(({ hour }) => hour),
        [DAY - 60, DAY, DAY + 1_500],
      )
      assert.ok(held.every(({ bytes, archivedMs }) => bytes > 0 && archivedMs > 0))
    }
  })

  test('marks what changed, and only that', async (archive) => {
    const marks = async () => new Map((await archive.holdings()).map(({ hour, mark }) => [hour, mark]))
    await archive.store(
      batchOf('a-0', 'events', [atMinute(DAY, { offset: 1 }), atMinute(DAY + 60, { offset: 2 })]),
    )
    const before = await marks()
    assert.deepEqual(await marks(), before)
    await archive.store(batchOf('a-0', 'events', [atMinute(DAY + 60, { id: 'e2', offset: 3 })]))
    const after = await marks()
    assert.equal(after.get(DAY), before.get(DAY))
    assert.notEqual(after.get(DAY + 60), before.get(DAY + 60))
    await archive.store(batchOf('i', 'import', [atMinute(DAY, { id: 'e3', offset: 0, logTimeMs: 0 })]))
    const last = await marks()
    assert.notEqual(last.get(DAY), after.get(DAY))
    assert.equal(last.get(DAY + 60), after.get(DAY + 60))
  })

  test('marks what came late or from files of the past by itself', async (archive) => {
    const lateMark = async () => (await archive.holdings())[0]?.lateMark
    const lateArchivedMs = async () => (await archive.holdings())[0]!.lateArchivedMs
    await archive.store(batchOf('a-0', 'events', [atMinute(DAY, { offset: 1 })]))
    assert.equal(await lateMark(), null)
    assert.equal(await lateArchivedMs(), 0)
    const marks = new Set<unknown>()
    for (const [i, origin] of (['events-late', 'import', 'events-late'] as const).entries()) {
      await archive.store(batchOf(`b-${i}`, origin, [atMinute(DAY, { id: `l${i}`, offset: i })]))
      const mark = await lateMark()
      assert.equal(typeof mark, 'string')
      assert.ok((await lateArchivedMs()) > 0)
      marks.add(mark)
      await archive.store(batchOf('a-0', 'events-overflow', [atMinute(DAY, { id: `e${i}`, offset: 9 + i })]))
      assert.equal(await lateMark(), mark)
    }
    assert.equal(marks.size, 3)
  })
}

function checkpoints(test: Test): void {
  const checkpoint: ArchiveCheckpoint = { nextOffset: 9, logTimeMs: 1_700_000_000_000, missingBeforeMs: 5 }

  test('keeps a checkpoint for each source, null before the first', async (archive) => {
    assert.deepEqual(await archive.checkpoints(), new Map())
    assert.equal(await archive.readCheckpoint('a-0'), null)
    await archive.writeCheckpoint('a-0', checkpoint)
    await archive.writeCheckpoint('b.c=-1', { ...checkpoint, nextOffset: 2 })
    assert.deepEqual(await archive.readCheckpoint('a-0'), checkpoint)
    assert.equal(await archive.readCheckpoint('a'), null)
    const expected = new Map([
      ['a-0', checkpoint],
      ['b.c=-1', { ...checkpoint, nextOffset: 2 }],
    ])
    assert.deepEqual(new Map(Array.from(await archive.checkpoints()).sort()), expected)
  })

  test('lets the last one written stand', async (archive) => {
    for (const nextOffset of [3, 9, 4]) await archive.writeCheckpoint('a-0', { ...checkpoint, nextOffset })
    assert.equal((await archive.readCheckpoint('a-0'))?.nextOffset, 4)
  })
}

function maintenance(test: Test): void {
  test('makes few of many without changing what they count for', async (archive) => {
    const all = Array.from({ length: 40 }, (_, i) =>
      atMinute(DAY + ((i * 11) % 180), {
        id: `e${i % 30}`,
        videoId: `v${i % 3}`,
        offset: i,
        valueThousandths: i,
      }),
    )
    for (const [i, event] of all.entries()) {
      await archive.store(batchOf('a-0', i % 5 ? 'events' : 'events-late', [event]))
      if (i % 4 === 0) await archive.store({ ...batchOf('a-0', 'events', [event]), toOffset: i + 2 })
    }
    const hours = [DAY, DAY + 60, DAY + 120]
    const before = await readRecount(archive, questionOf(hours))
    const { files, into } = await archive.compact(DAY + 120)
    assert.ok(files > 2 * into && into >= 1, `${files} into ${into}`)
    assert.deepEqual(await readRecount(archive, questionOf(hours)), before)
    assert.deepEqual(await archive.compact(DAY + 120), { files: 0, into: 0 })
    await archive.compact(DAY + 1_440)
    assert.deepEqual(await readRecount(archive, questionOf(hours)), before)
    assert.equal((await archive.holdings()).length, 3)
  })

  test('purges the hours that it is told and no other', async (archive) => {
    const hours = [DAY, DAY + 60, DAY + 120]
    const events = hours.map((hour, i) => atMinute(hour, { id: `e${i}`, offset: i, logTimeMs: 0 }))
    await archive.store(batchOf('a-0', 'events-late', events))
    await archive.store(
      batchOf(
        'i',
        'import',
        events.map((event) => ({ ...event, id: `${event.id}-i` })),
      ),
    )
    await archive.purge([DAY, DAY + 120, DAY + 600])
    const held = (await archive.holdings()).map(({ hour }) => hour)
    assert.deepEqual(held, [DAY + 60])
    assert.deepEqual(await countsOf(archive, questionOf(hours)), ['v1 view 60: 2/0'])
    await archive.purge([DAY + 60])
    assert.deepEqual(await archive.holdings(), [])
  })
}

function privacy(test: Test): void {
  const some = [
    eventOf({ id: 'a', offset: 0, viewerId: "o'x" }),
    eventOf({ id: 'b', offset: 1, viewerId: "o'x", tenant: 't' }),
    eventOf({ id: 'c', offset: 2, viewerId: 'other' }),
    atMinute(DAY + 60, { id: 'd', offset: 3, viewerId: "o'x", videoId: "v'2" }),
  ]

  test('forgets a viewer and keeps the events', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    await archive.store(batchOf('i', 'import', [eventOf({ id: 'i', viewerId: "o'x", logTimeMs: 0 })]))
    const before = await readRecount(archive, questionOf([DAY, DAY + 60]))
    assert.equal(await archive.forgetViewer('', viewerSha256("o'x")), 3)
    assert.equal(await archive.forgetViewer('', viewerSha256("o'x")), 0)
    assert.deepEqual(await readRecount(archive, questionOf([DAY, DAY + 60])), before)
    assert.equal(await archive.forgetViewer('t', viewerSha256("o'x")), 1)
  })

  test('removes a video, and still holds the hours that held it', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    await archive.store(
      batchOf('i', 'import', [atMinute(DAY + 120, { id: 'i', videoId: "v'2", logTimeMs: 0 })]),
    )
    const marks = (await archive.holdings()).map(({ mark }) => mark)
    const removed = () => archive.removeVideo('', "v'2", DAY + 1_440)
    assert.deepEqual(await removed(), { events: 2, hours: [DAY + 60, DAY + 120] })
    assert.deepEqual(await removed(), { events: 0, hours: [] })
    const expected = ['v1 view 0: 2/2', 't:v1 view 0: 1/1']
    assert.deepEqual(await countsOf(archive, questionOf([DAY, DAY + 60, DAY + 120])), expected)
    const held = await archive.holdings()
    const hours = held.map(({ hour }) => hour)
    assert.deepEqual(hours, [DAY, DAY + 60, DAY + 120])
    const same = held.map(({ mark }, i) => mark === marks[i])
    assert.deepEqual(same, [true, false, false])
  })

  test('removes of a video what lies before a minute', async (archive) => {
    const events = [58, 59, 60, 61].map((minute, i) => atMinute(DAY + minute, { id: `e${i}`, offset: i }))
    await archive.store(batchOf('a-0', 'events', events))
    assert.deepEqual(await archive.removeVideo('', 'v1', DAY + 59), { events: 1, hours: [DAY] })
    assert.deepEqual(await archive.removeVideo('', 'v1', DAY + 61), { events: 2, hours: [DAY, DAY + 60] })
    assert.deepEqual(await countsOf(archive, questionOf([DAY, DAY + 60])), ['v1 view 61: 1/1'])
  })
}
