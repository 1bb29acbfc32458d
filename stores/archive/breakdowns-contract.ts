// What every form of the archive must answer about the attributes of its events, as tests.
import assert from 'node:assert/strict'
import { MIB } from '../../lib/byte-units.ts'
import { PROBE_SERIES } from '../../model/probe.ts'
import { AHEAD_MS, atMinute, batchOf, DAY, eventOf, HORIZON_MS } from '../../testing/archive-fixture.ts'
import type { ArchiveKeeper } from './archive.ts'
import type {
  Breakdown,
  BreakdownQuestion,
  BreakdownReader,
  DimensionKeeper,
  EventScope,
  PeriodsQuestion,
  ScopeQuestion,
} from './breakdowns.ts'

type BrokenDown = BreakdownReader & DimensionKeeper & Pick<ArchiveKeeper, 'compact' | 'purge' | 'removeVideo'>

const VIEWS: EventScope = { tenant: '', videoIds: ['v1'], types: ['view'] }

/** About the views of v1 in DAY, by country. */
export function aboutViews(fields: Partial<BreakdownQuestion> = {}): BreakdownQuestion {
  return {
    scope: VIEWS,
    ...{ from: DAY, to: DAY + 1_440, by: 'country', orderBy: 'count', rowsMax: 10 },
    ...{ horizonMs: HORIZON_MS, aheadMs: AHEAD_MS, rolledUpHours: [] },
    ...fields,
  }
}

export async function ask(
  archive: BreakdownReader,
  fields: Partial<BreakdownQuestion> = {},
): Promise<Breakdown> {
  return archive.breakdown(aboutViews(fields), new AbortController().signal)
}

/** `value: count`, the rest as `+ count`. */
function linesOf({ rows, other }: Breakdown): string[] {
  const lines = rows.map(({ value, aggregate }) => `${value}: ${aggregate.count}`)
  return other === null ? lines : [...lines, `+ ${other.count}`]
}

type Stored = BrokenDown & { store(batch: ReturnType<typeof batchOf>): Promise<void> }
type Test = (title: string, run: (archive: Stored) => Promise<void>) => void

const from = (country: string | null) => ({
  attributes: country === null ? null : JSON.stringify({ country }),
})

export function breakdowns(test: Test): void {
  const countries = ['DE', 'FR', 'DE', null, 'DE', 'FR', '']
  const some = countries.map((country, i) =>
    atMinute(DAY + 30 * i, { id: `e${i}`, offset: i, valueThousandths: 10 * i, ...from(country) }),
  )

  test('breaks nothing down into nothing', async (archive) => {
    const nothing = { rows: [], other: null, firstMinute: null, unreadableHours: [] }
    assert.deepEqual(await ask(archive), nothing)
    await archive.store(batchOf('a-0', 'events', some))
    assert.deepEqual(await ask(archive, { to: DAY }), nothing)
    assert.deepEqual(await ask(archive, { scope: { ...VIEWS, tenant: 't' } }), nothing)
  })

  test('breaks down by the value of an attribute, the most counted first', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    const found = await ask(archive)
    assert.deepEqual(linesOf(found), ['DE: 3', ': 2', 'FR: 2'])
    assert.equal(found.firstMinute, DAY)
    assert.deepEqual(found.rows[0]?.aggregate, { count: 3, values: 3, sum: 60n, min: 0, max: 40 })
    assert.deepEqual(linesOf(await ask(archive, { by: 'device' })), [': 7'])
    assert.deepEqual(linesOf(await ask(archive, { orderBy: 'sum' })), [': 2', 'DE: 3', 'FR: 2'])
    await archive.compact(DAY + 1_440)
    assert.deepEqual(await ask(archive), found)
  })

  test('adds up what is beyond the bound', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    const { rows, other } = await ask(archive, { rowsMax: 1 })
    assert.deepEqual(
      rows.map(({ value }) => value),
      ['DE'],
    )
    assert.deepEqual(other, { count: 4, values: 4, sum: 150n, min: 10, max: 60 })
  })

  test('knows minutes at the edges of a range', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    assert.deepEqual(linesOf(await ask(archive, { from: DAY + 30, to: DAY + 120 })), [
      ': 1',
      'DE: 1',
      'FR: 1',
    ])
    assert.equal((await ask(archive, { from: DAY + 1, to: DAY + 31 })).firstMinute, DAY + 30)
    assert.deepEqual(linesOf(await ask(archive, { from: 0, to: DAY + 91 })), ['DE: 2', ': 1', 'FR: 1'])
  })

  test('takes of copies the one that a recount takes', async (archive) => {
    const late = { logTimeMs: DAY * 60_000 + HORIZON_MS + 1 }
    await archive.store(batchOf('b-0', 'events-late', [eventOf({ ...late, ...from('FR') })]))
    assert.deepEqual(linesOf(await ask(archive)), ['FR: 1'])
    const inTime = [eventOf({ offset: 2, ...from('DE') }), eventOf({ offset: 1, index: 1, ...from('PT') })]
    await archive.store(batchOf('a-0', 'events', inTime))
    assert.deepEqual(linesOf(await ask(archive)), ['PT: 1'])
  })

  test('counts events of several videos and types, or of all but the probe', async (archive) => {
    const of = (i: number, event: object) => atMinute(DAY + i, { id: `f${i}`, offset: 90 + i, ...event })
    const others = [
      of(0, { videoId: 'v2', ...from('DE') }),
      of(1, { videoId: 'v3', type: 'like', ...from('PT') }),
      of(2, { ...PROBE_SERIES, ...from('FR') }),
      of(3, { videoId: 'v2', tenant: 't' }),
    ]
    await archive.store(batchOf('a-0', 'events', [...some, ...others]))
    const lines = async (scope: Partial<EventScope>, fields: Partial<BreakdownQuestion> = {}) =>
      linesOf(await ask(archive, { scope: { ...VIEWS, ...scope }, ...fields }))
    assert.deepEqual(await lines({ videoIds: ['v1', 'v2'] }), ['DE: 4', ': 2', 'FR: 2'])
    assert.deepEqual(await lines({ videoIds: ['v2', 'v3'], types: ['view', 'like'] }), ['DE: 1', 'PT: 1'])
    const all = { videoIds: null, types: ['view', 'like', PROBE_SERIES.type] }
    assert.deepEqual(await lines(all), ['DE: 4', ': 2', 'FR: 2', 'PT: 1'])
    assert.deepEqual(await lines(all, { by: null }), [': 9'])
    const removed = [{ videoId: 'v1', beforeMinute: DAY + 60 }]
    assert.deepEqual(await lines({ ...all, removed }), ['DE: 3', ': 2', 'FR: 1', 'PT: 1'])
  })

  test('breaks down by video, also only events of some values, and hours that are rolled up', async (archive) => {
    const others = ['DE', 'FR', 'DE', 'DE'].map((country, i) =>
      atMinute(DAY + 50 * i, { id: `g${i}`, offset: 50 + i, videoId: 'v2', ...from(country) }),
    )
    await archive.store(batchOf('a-0', 'events', [...some, ...others, others[0]!]))
    const all = { ...VIEWS, videoIds: null }
    const onlyDe = { ...all, where: { country: ['DE'] } }
    const lines = async (fields: Partial<BreakdownQuestion>) =>
      linesOf(await ask(archive, { ofVideos: true, ...fields }))
    const check = async (rolledUpHours: readonly number[]) => {
      assert.deepEqual(await lines({ scope: all, rolledUpHours }), ['v1: 7', 'v2: 4'])
      assert.deepEqual(await lines({ scope: all, rolledUpHours, rowsMax: 1 }), ['v1: 7', '+ 4'])
      assert.deepEqual(await lines({ scope: onlyDe, rolledUpHours }), ['v1: 3', 'v2: 3'])
    }
    await check([])
    await rollUp(archive, HOURS)
    await check(HOURS)
    await rollUp(archive, HOURS, 1)
    assert.deepEqual(await lines({ scope: all, rolledUpHours: HOURS }), ['v1: 7', 'v2: 4'])
  })

  test('counts events that have some values of attributes, of copies the one that counts', async (archive) => {
    const both = (country: string, device: string) => ({ attributes: JSON.stringify({ country, device }) })
    const events = [
      atMinute(DAY, { id: 'a', offset: 1, ...both('DE', 'tv') }),
      atMinute(DAY, { id: 'b', offset: 2, ...both('DE', 'web') }),
      atMinute(DAY, { id: 'b', offset: 3, ...both('DE', 'tv') }),
      atMinute(DAY, { id: 'c', offset: 4, ...both('FR', 'tv') }),
      atMinute(DAY, { id: 'd', offset: 5 }),
    ]
    await archive.store(batchOf('a-0', 'events', events))
    const lines = async (where: EventScope['where'] & {}, by: string | null = 'country') =>
      linesOf(await ask(archive, { by, scope: { ...VIEWS, where } }))
    assert.deepEqual(await lines({ device: ['tv'] }), ['DE: 1', 'FR: 1'])
    assert.deepEqual(await lines({ device: ['tv', ''] }), [': 1', 'DE: 1', 'FR: 1'])
    assert.deepEqual(await lines({ device: ['tv', 'web'], country: ['DE'] }, null), [': 2'])
    assert.deepEqual(await lines({ device: ["t'v"] }), [])
  })

  test('counts events by minute', async (archive) => {
    await archive.store(batchOf('a-0', 'events', [...some, atMinute(DAY, { id: 'x', offset: 99 })]))
    const minutes = async (fields: Partial<ScopeQuestion> = {}) => {
      const found = await archive.minutes({ ...aboutViews(), ...fields }, new AbortController().signal)
      return found.minutes.map(({ minute, aggregate }) => [minute - DAY, aggregate.count])
    }
    assert.deepEqual(await minutes({ from: DAY, to: DAY + 61 }), [
      [0, 2],
      [30, 1],
      [60, 1],
    ])
    assert.deepEqual(await minutes({ from: DAY + 1, to: DAY + 30 }), [])
    const { minutes: all } = await archive.minutes(aboutViews(), new AbortController().signal)
    assert.deepEqual(all.at(-1)?.aggregate, { count: 1, values: 1, sum: 60n, min: 60, max: 60 })
  })

  const { signal } = new AbortController()
  const periods = async (archive: BreakdownReader, fields: Partial<PeriodsQuestion> = {}) => {
    const { orderBy: _, rolledUpHours: __, by: ___, ...about } = aboutViews()
    const { rows, other } = await archive.periods(
      {
        ...{ ...about, starts: [DAY, DAY + 60, DAY + 120], rankedFrom: 0, rowsMax: 10 },
        rowsOf: { attribute: 'country' },
        ...{ order: { by: 'count', isDescending: true }, rolledUp: { by: 'country', hours: [] } },
        ...fields,
      },
      signal,
    )
    const line = (name: string, sums: readonly { readonly count: number }[]) =>
      `${name}: ${sums.map(({ count }) => count).join(' ')}`
    const lines = rows.map(({ value, sums }) => line(value, sums))
    return other === null ? lines : [...lines, line('+', other)]
  }

  test('counts events by value and period', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    assert.deepEqual(await periods(archive), ['DE: 1 1 1', ': 0 1 1', 'FR: 1 0 1'])
    assert.deepEqual(await periods(archive, { rowsMax: 1 }), ['DE: 1 1 1', '+: 1 1 2'])
    assert.deepEqual(await periods(archive, { starts: [DAY] }), ['DE: 3', ': 2', 'FR: 2'])
    const upwards = { order: { by: 'count', isDescending: false } } as const
    assert.deepEqual(await periods(archive, upwards), [': 0 1 1', 'FR: 1 0 1', 'DE: 1 1 1'])
    const byValue = { order: { by: 'value', isDescending: true } } as const
    assert.deepEqual(await periods(archive, byValue), ['FR: 1 0 1', 'DE: 1 1 1', ': 0 1 1'])
    const scope = { ...VIEWS, where: { country: ['FR', ''] } }
    assert.deepEqual(await periods(archive, { scope }), [': 0 1 1', 'FR: 1 0 1'])
  })

  test('ranks by the last periods, with rows that had events only before at the end', async (archive) => {
    const countries = ['PT', 'PT', 'PT', 'DE', 'FR', 'FR']
    const events = countries.map((country, i) =>
      atMinute(DAY + (i < 3 ? 0 : 60), { id: `e${i}`, offset: i, ...from(country) }),
    )
    await archive.store(batchOf('a-0', 'events', events))
    const two = { starts: [DAY, DAY + 60], rankedFrom: 1 }
    assert.deepEqual(await periods(archive, two), ['FR: 0 2', 'DE: 0 1', 'PT: 3 0'])
    assert.deepEqual(await periods(archive, { ...two, rowsMax: 1 }), ['FR: 0 2', '+: 3 1'])
    const upwards = { order: { by: 'sum', isDescending: false } } as const
    assert.deepEqual(await periods(archive, { ...two, ...upwards }), ['DE: 0 1', 'FR: 0 2', 'PT: 3 0'])
  })

  test('counts events of each series by period, those of one value too', async (archive) => {
    const of = (i: number, event: object) => atMinute(DAY + 60, { id: `g${i}`, offset: 90 + i, ...event })
    const others = [
      of(0, { videoId: 'v 2', ...from('DE') }),
      of(1, { videoId: 'v 2', type: 'like', ...from('FR') }),
      of(2, { videoId: 'v3', ...from('DE') }),
    ]
    await archive.store(batchOf('a-0', 'events', [...some, ...others]))
    const scope = { ...VIEWS, videoIds: ['v1', 'v 2'], types: ['view', 'like'] }
    const bySeries = { rowsOf: 'series', scope, order: { by: 'value', isDescending: false } } as const
    assert.deepEqual(await periods(archive, bySeries), [
      'like v 2: 0 1 0',
      'view v 2: 0 1 0',
      'view v1: 2 2 3',
    ])
    assert.deepEqual(await periods(archive, { ...bySeries, rowsOf: 'video' }), ['v 2: 0 2 0', 'v1: 2 2 3'])
    assert.deepEqual(await periods(archive, { ...bySeries, rowsOf: 'type' }), ['like: 0 1 0', 'view: 2 3 3'])
    const where = { country: ['DE'] }
    const inDE = { ...bySeries, scope: { ...scope, where } }
    assert.deepEqual(await periods(archive, inDE), ['view v 2: 0 1 0', 'view v1: 1 1 1'])
    await rollUp(archive, HOURS)
    await archive.purge(HOURS)
    const rolledUp = { by: 'country', hours: HOURS }
    assert.deepEqual(await periods(archive, { ...inDE, rolledUp }), ['view v 2: 0 1 0', 'view v1: 1 1 1'])
    const site = { ...bySeries, scope: { ...scope, videoIds: null }, rolledUp }
    assert.deepEqual(await periods(archive, { ...site, rowsOf: 'type' }), ['like: 0 1 0', 'view: 2 4 3'])
    const mostCounted = { ...site, rowsOf: 'video', rowsMax: 1, order: { by: 'count', isDescending: true } }
    assert.deepEqual(await periods(archive, mostCounted as Partial<PeriodsQuestion>), [
      'v1: 2 2 3',
      '+: 0 3 0',
    ])
    assert.deepEqual(await periods(archive, { rolledUp }), ['DE: 1 1 1', ': 0 1 1', 'FR: 1 0 1'])
    const removed = [{ videoId: 'v1', beforeMinute: DAY + 120 }]
    const less = { ...inDE, scope: { ...inDE.scope, removed }, rolledUp }
    assert.deepEqual(await periods(archive, less), ['view v 2: 0 1 0', 'view v1: 0 0 1'])
  })

  test('says which rollups hide how often a value was counted', async (archive) => {
    const inHour = (hour: number, countries: readonly string[]) =>
      countries.map((country, i) => {
        const offset = hour * 100 + i
        return atMinute(DAY + hour, { id: `h${i}`, offset, ...from(country) })
      })
    const events = [
      ...inHour(0, ['DE', 'FR']),
      ...inHour(60, ['DE', 'DE', 'FR', 'FR', 'PT']),
      ...inHour(120, ['FR', 'FR', 'PT', 'PT', 'DE']),
    ]
    await archive.store(batchOf('a-0', 'events', events))
    await rollUp(archive, HOURS, 2)
    const rolledUp = { by: 'country', hours: HOURS }
    const hiding = (values: readonly string[], scope: EventScope = VIEWS) =>
      archive.hidingHours({ ...scope, where: { country: values } }, rolledUp, signal)
    assert.deepEqual(await hiding(['DE']), [DAY + 120])
    assert.deepEqual(await hiding(['FR']), [])
    assert.deepEqual(await hiding(['FR', 'DE']), [DAY + 120])
    assert.deepEqual(await hiding(['ES']), [DAY + 60, DAY + 120], 'it may be among the others')
    assert.deepEqual(await hiding(['ES'], { ...VIEWS, types: ['like'] }), [])
    const hidingAny = (scope: EventScope) => archive.hidingHours(scope, rolledUp, signal)
    assert.deepEqual(await hidingAny(VIEWS), [DAY + 60, DAY + 120])
    assert.deepEqual(await hidingAny({ ...VIEWS, types: ['like'] }), [])
    assert.deepEqual(await hiding(['ES'], { ...VIEWS, videoIds: [] }), [])
    const scope = { ...VIEWS, where: { country: ['FR'] } }
    assert.deepEqual(linesOf(await ask(archive, { scope, rolledUpHours: HOURS })), ['FR: 5'])
  })

  test('fails when aborted', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    await assert.rejects(archive.breakdown(aboutViews(), AbortSignal.abort(new Error('late'))), /late/)
  })

  const inTime = { horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }
  const rollUp = (archive: Stored, hours: readonly number[], valuesMax = 10) =>
    archive.rollUpDimensions({ hours, dimensions: ['country', 'device'], valuesMax, ...inTime })
  const HOURS = [DAY, DAY + 60, DAY + 120, DAY + 180]

  test('rolls hours up by attributes, and answers from that once raw events are gone', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    const before = await ask(archive)
    assert.deepEqual(await archive.rolledUpHours('country', 0, DAY + 1_440), [])
    assert.deepEqual(await rollUp(archive, HOURS.slice(1)), HOURS.slice(1))
    assert.deepEqual(await ask(archive, { rolledUpHours: HOURS.slice(1) }), before, 'and nothing twice')
    await archive.compact(DAY + 1_440)
    assert.deepEqual(await ask(archive, { rolledUpHours: [DAY + 60] }), before)
    assert.deepEqual(await rollUp(archive, HOURS.slice(0, 1)), HOURS.slice(0, 1))
    assert.deepEqual(await archive.rolledUpHours('country', 0, DAY + 1_440), HOURS)
    assert.deepEqual(await archive.rolledUpHours('country', DAY + 1, DAY + 180), HOURS.slice(1, 3))
    assert.deepEqual(await archive.rolledUpHours('zodiac', 0, DAY + 1_440), [])
    await archive.purge(HOURS)
    assert.deepEqual(await ask(archive), { rows: [], other: null, firstMinute: null, unreadableHours: [] })
    assert.deepEqual(await ask(archive, { rolledUpHours: HOURS }), before)
    assert.deepEqual(linesOf(await ask(archive, { rolledUpHours: HOURS, by: 'device' })), [': 7'])
    const scope = { ...VIEWS, tenant: 't' }
    assert.deepEqual(linesOf(await ask(archive, { rolledUpHours: HOURS, scope })), [])
    const all = { ...VIEWS, videoIds: null }
    assert.deepEqual(await ask(archive, { rolledUpHours: HOURS, scope: all }), before)
  })

  test('rolls up anew what changed, and of a day only the hours that it is told', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    await rollUp(archive, HOURS)
    const late = [atMinute(DAY + 5, { id: 'late', offset: 9, ...from('FR') })]
    await archive.store(batchOf('b-0', 'events-late', late))
    assert.deepEqual(linesOf(await ask(archive, { rolledUpHours: HOURS })), ['DE: 3', ': 2', 'FR: 2'])
    await rollUp(archive, HOURS.slice(0, 1))
    assert.deepEqual(linesOf(await ask(archive, { rolledUpHours: HOURS })), ['DE: 3', 'FR: 3', ': 2'])
  })

  test('knows of which hours rollups say the same as raw events, and reads either', async (archive) => {
    const settled = (from = 0, to = DAY + 1_440) => archive.settledHours('country', from, to)
    await archive.store(batchOf('a-0', 'events', some))
    assert.deepEqual(await settled(), [])
    await rollUp(archive, HOURS)
    const before = await ask(archive)
    assert.deepEqual(await settled(), HOURS)
    assert.deepEqual(await settled(DAY + 1, DAY + 239), HOURS.slice(1, 3), 'only whole hours')
    assert.deepEqual(await archive.settledHours('zodiac', 0, DAY + 1_440), [])
    assert.deepEqual(await archive.settledHours('country', 0, DAY + 1_440, 1), HOURS)
    assert.deepEqual(
      await archive.settledHours('country', 0, DAY + 1_440, MIB),
      [],
      'there is too little of it',
    )
    for (const settledHours of [HOURS, HOURS.slice(1, 3)])
      assert.deepEqual(await ask(archive, { settledHours }), before)
    const late = [atMinute(DAY + 5, { id: 'late', offset: 9, ...from('FR') })]
    await archive.store(batchOf('b-0', 'events-late', late))
    assert.deepEqual(await settled(), HOURS.slice(1))
    const after = await ask(archive)
    assert.deepEqual(linesOf(after), ['DE: 3', 'FR: 3', ': 2'])
    assert.deepEqual(await ask(archive, { settledHours: HOURS.slice(1) }), after)
    await rollUp(archive, HOURS)
    assert.deepEqual(await settled(), HOURS)
    assert.deepEqual(await ask(archive, { settledHours: HOURS }), after)
    await archive.removeVideo('', 'v1', DAY + 30)
    assert.deepEqual(await settled(), HOURS.slice(1))
    await archive.purge(HOURS.slice(3))
    assert.deepEqual(await settled(), HOURS.slice(1, 3))
    const both = { rolledUpHours: HOURS.slice(3), settledHours: HOURS.slice(1, 3) }
    assert.deepEqual(linesOf(await ask(archive, both)), [': 2', 'DE: 2', 'FR: 2'])
    await archive.dropDimensions(DAY + 1_440)
    assert.deepEqual(await settled(), [])
  })

  test('keeps of each hour the most counted values, and the others together', async (archive) => {
    const countries = ['DE', 'DE', 'FR', 'FR', 'PT', null]
    const events = [0, 60].flatMap((hour) =>
      countries.map((country, i) =>
        atMinute(DAY + hour, { id: `e${i}`, offset: hour + i, valueThousandths: 2, ...from(country) }),
      ),
    )
    await archive.store(batchOf('a-0', 'events', events))
    await rollUp(archive, [DAY], 2)
    const found = await ask(archive, { rolledUpHours: [DAY], rowsMax: 3 })
    assert.deepEqual(linesOf(found), ['DE: 4', 'FR: 4', ': 1', '+ 3'])
    assert.deepEqual(found.other, { count: 3, values: 3, sum: 6n, min: 2, max: 2 })
  })

  test('removes a video from what is rolled up, and forgets days', async (archive) => {
    const others = [atMinute(DAY, { id: 'x', offset: 20, videoId: 'v2', ...from('DE') })]
    await archive.store(batchOf('a-0', 'events', [...some, ...others]))
    await rollUp(archive, HOURS)
    await archive.purge(HOURS)
    await archive.removeVideo('', 'v1', DAY + 120)
    assert.deepEqual(linesOf(await ask(archive, { rolledUpHours: HOURS })), ['DE: 1', 'FR: 1', ': 1'].sort())
    const scope = { ...VIEWS, videoIds: ['v2'] }
    assert.deepEqual(linesOf(await ask(archive, { rolledUpHours: HOURS, scope })), ['DE: 1'])
    await archive.dropDimensions(DAY + 1_439)
    assert.deepEqual(await archive.rolledUpHours('country', 0, DAY + 1_440), HOURS)
    await archive.dropDimensions(DAY + 1_440)
    assert.deepEqual(await archive.rolledUpHours('country', 0, DAY + 1_440), [])
    assert.deepEqual((await ask(archive, { rolledUpHours: HOURS })).unreadableHours, HOURS)
  })
}
