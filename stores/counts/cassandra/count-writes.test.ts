import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY } from '../../../model/total.ts'
import { CountsError, type CountsErrorCode } from '../../cassandra/counts-error.ts'
import type { CountRow } from '../counts.ts'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { type CountForm, formsOf } from './count-forms.ts'
import { beginWrites } from './count-writes.ts'
import { FormsLease } from './forms-lease.ts'
import { GatheredWrites } from './gathered-writes.ts'
import { KnownNotes } from './known-notes.ts'
import type { FormedWrite } from './partition-rows.ts'
import type { Statement } from './row-batches.ts'
import {
  INSERT_FIRST_DAY,
  INSERT_SHARED_TOTAL,
  SELECT_SERIES_FIRST_DAY,
  SELECT_SHARED_FIRST_MINUTE,
} from './shared-statements.ts'
import type { Store } from './store.ts'

const DAY = 28_332_000
const ROWS = ['a', 'b', 'c'].map((videoId): CountRow => {
  return {
    bucket: { tenant: '', videoId, type: 'view', minute: DAY },
    total: { ...EMPTY, count: 1, upTo: 1 },
  }
})

/** Answers statements about video `b` with `onB`, reads with `onRead`, and lacks the table of `missing`. */
function setup(
  onB: CountsErrorCode,
  onRead: CountsErrorCode | null = null,
  entry: CountForm | null = null,
  missing: string | null = null,
) {
  const written: Statement[] = []
  const asked: string[] = []
  /** Of each batch, how many writes are in it. */
  const sizes: number[] = []
  const store = {
    placeOf: () => '',
    async write(statements: readonly Statement[]) {
      if (statements.some(({ params }) => params.some((param) => param.equals(Buffer.from('b'))))) {
        throw new CountsError(onB, 'because')
      }
      if (statements.some(({ query }) => query === missing)) throw new CountsError('refused', 'because')
      written.push(...statements)
    },
    async read(query: string) {
      asked.push(query)
      if (missing === INSERT_FIRST_DAY && query === SELECT_SERIES_FIRST_DAY)
        throw new CountsError('refused', 'no such table')
      if (onRead !== null) throw new CountsError(onRead, 'gone')
      return []
    },
  } as unknown as Store
  const bounds = { least: 1, first: 2, most: 2, latencyMaxMs: 1_000 }
  const limit = new AdaptiveLimit(
    bounds,
    () => 0,
    () => false,
  )
  const knownNotes = new KnownNotes(10)
  const nowMs = () => DAY * 60_000
  const forms = new FormsLease(
    async () => formsOf(entry === null ? [] : [{ ...entry, state: 'settled' }]),
    nowMs,
  )
  const deps = { store, limit, forms, knownNotes, nowMs, retentionMs: 1_000_000 }
  const gathered = new GatheredWrites<FormedWrite>((writes) => {
    const batches = beginWrites(deps, writes)
    sizes.push(...batches.map(({ of }) => of.size))
    return batches
  })
  const write = async (sourceId = 's-0', rows: readonly CountRow[] = ROWS) =>
    gathered.write({ sourceId, rows, forms: await forms.forRows(DAY) })
  return { written, asked, sizes, write }
}

test('a row that alone is refused is given back, once the others are written', async () => {
  const { written, write } = setup('refused')
  assert.deepEqual(await write(), [{ row: ROWS[1], reason: 'because' }])
  assert.equal(written.length, 7) // two rows, their days, their series in the hour, and the hour
})

test('the table is looked at in which the refused row belongs', async () => {
  const { written, asked, write } = setup('refused', null, { fromHour: DAY, shards: 1 })
  assert.deepEqual(await write(), [{ row: ROWS[1], reason: 'because' }])
  assert.equal(written.length, 5) // two rows, their series, and the hour
  assert.deepEqual(asked.sort(), [SELECT_SERIES_FIRST_DAY, SELECT_SHARED_FIRST_MINUTE].sort())
})

for (const onRead of ['refused', 'unavailable'] as const) {
  test(`no row is to blame where reading is ${onRead}, too`, async () => {
    await assert.rejects(setup('refused', onRead).write(), { code: 'unavailable', message: /because/ })
  })
}

test('rows are not stored for good without the table of their index', async () => {
  const { write } = setup('refused', null, { fromHour: DAY, shards: 1 }, INSERT_FIRST_DAY)
  await assert.rejects(write(), { code: 'unavailable', message: /because/ })
})

test('two sources that share a batch both fail with it', async () => {
  const { sizes, write } = setup('timeout', null, { fromHour: DAY, shards: 1 })
  const results = await Promise.allSettled([write('s-0'), write('s-1')])
  assert.deepEqual(
    results.map((one) => one.status === 'rejected' && one.reason.code),
    ['timeout', 'timeout'],
  )
  assert.deepEqual(sizes, [1, 1, 2, 2])
})

test('any other failure is passed on', async () => {
  await assert.rejects(setup('timeout').write(), { code: 'timeout' })
})

test('a day and an hour are noted once', async () => {
  const { written, write } = setup('refused')
  await write()
  await write()
  assert.equal(written.length, 9)
})

test('sources share the batches of an hour and shard, and each is told of its own refused row', async () => {
  const { written, sizes, write } = setup('refused', null, { fromHour: DAY, shards: 1 })
  const later = ROWS.map((row) => ({ ...row, total: { ...row.total, upTo: 2 } }))
  const refused = await Promise.all([write('s-0'), write('s-1', later)])
  assert.deepEqual(
    refused.flat().map(({ row }) => row),
    [ROWS[1], later[1]],
  )
  assert.deepEqual(sizes, [1, 1, 2, 2]) // what does not fit the schema of each, the notes, and the rows
  const sources = written.filter(({ query }) => query === INSERT_SHARED_TOTAL).map(({ params }) => params[6])
  assert.deepEqual(sources.map(String), ['s-0', 's-0', 's-1', 's-1'])
})
