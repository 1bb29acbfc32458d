import assert from 'node:assert/strict'
import { it } from 'node:test'
import { Readahead } from './readahead.ts'

const RECORDS = [3, 4, 7, 8].map((offset) => ({ offset, logTimeMs: 0, key: null, bytes: Buffer.alloc(10) }))
const FETCHED = { records: RECORDS, nextOffset: 9, endOffset: 20 }

it('hands out what was fetched in slices, and then has nothing', () => {
  const readahead = new Readahead()
  readahead.put('a', 2, FETCHED)
  check(readahead, 2, 20, [3, 4])
  check(readahead, 5, 1, [7])
  check(readahead, 8, 99, [8])
  check(readahead, 9, 99, null)
})

it('has nothing for another place or source', () => {
  const readahead = new Readahead()
  readahead.put('a', 3, FETCHED)
  check(readahead, 4, 99, null)
  assert.equal(readahead.take('b', 3, 99), null)
  check(readahead, 3, 1, [3])
  check(readahead, 3, 1, null)
})

function check(readahead: Readahead, from: number, bytesMax: number, expected: number[] | null): void {
  const slice = readahead.take('a', from, bytesMax)
  assert.deepEqual(slice?.records.map(({ offset }) => offset) ?? null, expected)
  if (slice !== null) assert.equal(slice.endOffset, 20)
}
