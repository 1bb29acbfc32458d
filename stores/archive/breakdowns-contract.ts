// What every form of the archive must answer about the attributes of its events, as tests.
import assert from 'node:assert/strict'
import { AHEAD_MS, atMinute, batchOf, DAY, eventOf, HORIZON_MS } from '../../testing/archive-fixture.ts'
import type { ArchiveKeeper } from './archive.ts'
import type { Breakdown, BreakdownQuestion, BreakdownReader } from './breakdowns.ts'

type BrokenDown = BreakdownReader & Pick<ArchiveKeeper, 'compact'>

/** About the views of v1 in DAY, by country. */
export function aboutViews(fields: Partial<BreakdownQuestion> = {}): BreakdownQuestion {
  return {
    series: { tenant: '', videoId: 'v1', type: 'view' },
    ...{ from: DAY, to: DAY + 1_440, by: 'country', orderBy: 'count', rowsMax: 10 },
    ...{ horizonMs: HORIZON_MS, aheadMs: AHEAD_MS },
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
    assert.deepEqual(await ask(archive, { series: { tenant: 't', videoId: 'v1', type: 'view' } }), nothing)
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

  test('fails when aborted', async (archive) => {
    await archive.store(batchOf('a-0', 'events', some))
    await assert.rejects(archive.breakdown(aboutViews(), AbortSignal.abort(new Error('late'))), /late/)
  })
}
