import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY } from '../../../model/total.ts'
import { CountsError, type CountsErrorCode } from '../../cassandra/counts-error.ts'
import type { CountRow } from '../counts.ts'
import { AdaptiveLimit } from './adaptive-limit.ts'
import { writeRows } from './count-writes.ts'
import { KnownNotes } from './known-notes.ts'
import type { Statement } from './row-batches.ts'
import type { Store } from './store.ts'

const DAY = 28_332_000
const ROWS = ['a', 'b', 'c'].map((videoId): CountRow => {
  return {
    bucket: { tenant: '', videoId, type: 'view', minute: DAY },
    total: { ...EMPTY, count: 1, upTo: 1 },
  }
})

/** A store that answers any statement about video `b` with `onB`, and reads with `onRead`. */
function setup(onB: CountsErrorCode, onRead: CountsErrorCode | null = null) {
  const written: Statement[] = []
  const store = {
    placeOf: () => '',
    async write(statements: readonly Statement[]) {
      if (statements.some(({ params }) => params.some((param) => param.equals(Buffer.from('b'))))) {
        throw new CountsError(onB, 'because')
      }
      written.push(...statements)
    },
    async read() {
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
  const deps = { store, limit, knownNotes, nowMs: () => DAY * 60_000, retentionMs: 1_000_000 }
  return { written, write: () => writeRows(deps, 's-0', ROWS) }
}

test('a row that alone is refused is given back, once the others are written', async () => {
  const { written, write } = setup('refused')
  assert.deepEqual(await write(), [{ row: ROWS[1], reason: 'because' }])
  assert.equal(written.length, 7) // two rows, their days, their series in the hour, and the hour
})

for (const onRead of ['refused', 'unavailable'] as const) {
  test(`no row is to blame where reading is ${onRead}, too`, async () => {
    await assert.rejects(setup('refused', onRead).write(), { code: 'unavailable', message: /because/ })
  })
}

test('any other failure is passed on', async () => {
  await assert.rejects(setup('timeout').write(), { code: 'timeout' })
})

test('a day and an hour are noted once', async () => {
  const { written, write } = setup('refused')
  await write()
  await write()
  assert.equal(written.length, 9)
})
