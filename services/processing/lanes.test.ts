import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeDeadLetter } from '../../schemas/dead-letter.ts'
import { lanesOn } from './lanes.ts'

test('a refused row is kept with its reason and all that is needed to write it again', async () => {
  const kept: [string, number, Uint8Array][] = []
  const append = async (lane: string, partition: number, bytes: Uint8Array) => {
    kept.push([lane, partition, bytes])
    return { offset: 0 }
  }
  const bucket = { tenant: 't', videoId: 'v', type: 'view', minute: 7 }
  const total = { count: 2, values: 1, sum: 2n ** 90n, min: -5, max: null, upTo: 41 }
  await lanesOn({ append }).keepRefused('a-0', [{ row: { bucket, total }, reason: 'too long' }], 1_234)
  assert.deepEqual(
    kept.map(([lane, partition]) => [lane, partition]),
    [['events-dead', 0]],
  )
  const letter = decodeDeadLetter(kept[0]![2])!
  assert.deepEqual(JSON.parse(Buffer.from(letter.bytes).toString()), {
    bucket,
    total: { ...total, sum: String(total.sum) },
  })
  const { bytes: _, ...rest } = letter
  const place = { source: 'a-0', offset: 41, index: -1, logTime: 1_234 }
  assert.deepEqual(rest, { ...place, reason: 'too long', origin: 'row' })
})
