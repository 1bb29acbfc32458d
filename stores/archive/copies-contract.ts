// What every form of the archive must do with copies of an event, as tests: which of them there are, and which counts.
import assert from 'node:assert/strict'
import {
  AHEAD_MS,
  batchOf,
  countsOf,
  DAY,
  eventOf,
  HORIZON_MS,
  questionOf,
  readRecount,
} from '../../testing/archive-fixture.ts'
import type { Archive } from './archive.ts'
import type { Test } from './archive-contract.ts'

export function copies(test: Test): void {
  const late = { logTimeMs: DAY * 60_000 + HORIZON_MS + 1 }
  const ahead = { logTimeMs: DAY * 60_000 - AHEAD_MS - 1 }

  test('counts what was stored twice once', async (archive) => {
    const events = ['a', 'b', 'c', 'd'].map((id, i) => eventOf({ id, offset: i }))
    await archive.store(batchOf('a-0', 'events', events))
    await archive.store(batchOf('a-0', 'events', events))
    await archive.store(batchOf('a-0', 'events', events.slice(1, 3)))
    await archive.store(batchOf('a-0', 'events', [...events.slice(2), eventOf({ id: 'e', offset: 4 })]))
    assert.deepEqual(await countsOf(archive, questionOf([DAY])), ['v1 view 0: 5/5'])
  })

  test('counts as in time what the horizon of its log time took, not what was closed', async (archive) => {
    const minuteMs = DAY * 60_000
    const untilMs = minuteMs + HORIZON_MS / 2
    const cases = [
      ['before the end, too old', untilMs - 1],
      ['after it, and closed by then', untilMs + 1],
      ['before the end, young enough', minuteMs + HORIZON_MS / 4],
    ] as const
    const events = cases.map(([id, logTimeMs], offset) => eventOf({ id, offset, logTimeMs }))
    const open = { id: 'open', offset: 9, timeMs: minuteMs + 59_999, logTimeMs: minuteMs + HORIZON_MS }
    await archive.store(batchOf('a-0', 'events', [...events, eventOf(open)]))
    const earlierHorizons = [{ horizonMs: HORIZON_MS / 4, untilMs }]
    const end = [{ horizonMs: HORIZON_MS / 4, untilMs: minuteMs + HORIZON_MS / 4 + 59_999 }]
    const buckets = (earlier: typeof end) =>
      countsOf(archive, { ...questionOf([DAY]), earlierHorizons: earlier })
    assert.deepEqual(await buckets([]), ['v1 view 0: 4/4'])
    assert.deepEqual(await buckets(earlierHorizons), ['v1 view 0: 4/1'])
    assert.deepEqual(await buckets(end), ['v1 view 0: 4/2'])
  })

  test('knows an event by its video, type, minute, source and id', async (archive) => {
    const events = [
      eventOf({ offset: 0 }),
      eventOf({ offset: 1, type: 'like' }),
      eventOf({ offset: 2, timeMs: DAY * 60_000 + 59_999 }),
      eventOf({ offset: 3, timeMs: DAY * 60_000 + 60_000 }),
      eventOf({ offset: 4, videoId: 'v2' }),
      eventOf({ offset: 5, tenant: 't' }),
      ...['/a', '/b', '/a'].map((source, i) => eventOf({ offset: 6 + i, source })),
    ]
    await archive.store(batchOf('a-0', 'events', events))
    const expected = [
      'v1 like 0: 1/1',
      'v1 view 0: 3/3',
      'v1 view 1: 1/1',
      'v2 view 0: 1/1',
      't:v1 view 0: 1/1',
    ]
    assert.deepEqual(await countsOf(archive, questionOf([DAY])), expected)
    await archive.compact(DAY + 1_440)
    assert.deepEqual(await countsOf(archive, questionOf([DAY])), expected)
  })

  /** Which of the copies of one event was used, recognised by its value. */
  const taken = async (archive: Archive) => {
    const { buckets } = await readRecount(archive, questionOf([DAY]))
    return buckets.map(({ all, onTime }) => ({ value: all.sum, count: all.count, onTime: onTime.count }))
  }

  test('takes of copies the first that came in time, be it not the first of all', async (archive) => {
    const events = [
      eventOf({ offset: 7, valueThousandths: 1, ...late }),
      eventOf({ offset: 8, index: 1, valueThousandths: 2 }),
      eventOf({ offset: 8, index: 0, valueThousandths: 3 }),
      eventOf({ offset: 9, valueThousandths: 4 }),
    ]
    await archive.store(batchOf('a-0', 'events', events))
    await archive.store(batchOf('b-0', 'events-late', [eventOf({ offset: 0, valueThousandths: 5 })]))
    const imported = eventOf({ offset: 0, valueThousandths: 6, logTimeMs: 0 })
    await archive.store(batchOf('a-import', 'import', [imported]))
    const { buckets } = await readRecount(archive, questionOf([DAY]))
    const aggregate = { count: 1, values: 1, sum: 3n, min: 3, max: 3 }
    const bucket = { tenant: '', videoId: 'v1', type: 'view', minute: DAY }
    assert.deepEqual(buckets, [{ bucket, all: aggregate, onTime: aggregate }])
  })

  test('takes the lower offset of copies that came in time in two sources', async (archive) => {
    const store = (sourceId: string, place: { offset: number; index: number }, valueThousandths: number) =>
      archive.store(batchOf(sourceId, 'events', [eventOf({ ...place, valueThousandths })]))
    const one = (value: bigint) => [{ value, count: 1, onTime: 1 }]
    await store('a-0', { offset: 5, index: 1 }, 1)
    await store('b-0', { offset: 5, index: 0 }, 2)
    assert.deepEqual(await taken(archive), one(2n))
    await store('c-0', { offset: 4, index: 9 }, 3)
    assert.deepEqual(await taken(archive), one(3n))
    await store('a-1', { offset: 4, index: 9 }, 4)
    assert.deepEqual(await taken(archive), one(4n))
  })

  test('takes the first in a fixed order where none came in time', async (archive) => {
    const lateEvent = (valueThousandths: number, offset: number) =>
      eventOf({ valueThousandths, offset, ...late })
    const one = (value: bigint) => [{ value, count: 1, onTime: 0 }]
    await archive.store(batchOf('a-0', 'import', [lateEvent(1, 0)]))
    await archive.store(batchOf('b-0', 'events-late', [lateEvent(2, 1)]))
    assert.deepEqual(await taken(archive), one(2n))
    await archive.store(batchOf('a-1', 'events-late', [lateEvent(3, 9), lateEvent(4, 8)]))
    assert.deepEqual(await taken(archive), one(4n))
    await archive.store(batchOf('z-0', 'events', [lateEvent(5, 99)]))
    assert.deepEqual(await taken(archive), one(5n))
  })

  for (const origin of ['events', 'events-overflow'] as const)
    test(`counts late ${origin} and those of files, but not what came too far ahead`, async (archive) => {
      await archive.store(
        batchOf('a-0', origin, [
          eventOf({ id: 'edge', offset: 0, logTimeMs: DAY * 60_000 + HORIZON_MS }),
          eventOf({ id: 'late', offset: 1, ...late }),
          eventOf({ id: 'edge-ahead', offset: 2, logTimeMs: DAY * 60_000 - AHEAD_MS }),
          eventOf({ id: 'ahead', offset: 3, ...ahead }),
          eventOf({ id: 'copied', offset: 4, ...ahead }),
        ]),
      )
      assert.deepEqual(await countsOf(archive, questionOf([DAY])), ['v1 view 0: 3/2'])
      await archive.store(batchOf('b-0', 'events-late', [eventOf({ id: 'copied', offset: 0, ...late })]))
      await archive.store(batchOf('c-0', 'import', [eventOf({ id: 'old', offset: 0, logTimeMs: 0 })]))
      assert.deepEqual(await countsOf(archive, questionOf([DAY])), ['v1 view 0: 5/2'])
    })
}
