import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { HyperLogLog } from '../../../model/hyper-log-log.ts'
import { openTestKeyspace } from '../../../testing/cassandra-keyspace.ts'
import { storedSketchesContract } from '../stored-sketches-contract.ts'
import { uniquesContract } from '../uniques-contract.ts'
import { CassandraUniques } from './cassandra-uniques.ts'

const HOUR = 29_000_040

const keyspace = await openTestKeyspace()
after(() => keyspace[Symbol.asyncDispose]())

async function openEmpty() {
  await keyspace.client.execute('TRUNCATE uniques', [], { prepare: false })
  const clock = { nowMs: () => Date.parse('2023-12-01T00:00Z') } // hours live on from their start
  return { uniques: new CassandraUniques(keyspace.client, clock), close: async () => {} }
}

uniquesContract('Sketches on Cassandra', openEmpty)
storedSketchesContract('Sketches on Cassandra', openEmpty)

test('owners that know nothing of each other take nothing back', async () => {
  const clock = { nowMs: () => HOUR * MINUTE_MS } // or the hour would be gone within a second
  const [first, second] = [1, 2].map(() => new CassandraUniques(keyspace.client, clock))
  const at = (viewers: readonly string[]) => [
    { tenant: '', videoId: 'owners', hour: HOUR, sketch: HyperLogLog.of(viewers) },
  ]
  await first!.merge(at(['a', 'b', 'c']))
  await second!.merge(at(['b']))
  await first!.merge(at(['a', 'd']))
  const { sketch } = await second!.read('', 'owners', HOUR, HOUR + 60)
  assert.deepEqual(sketch.encode(), HyperLogLog.of(['a', 'b', 'c', 'd']).encode())
})
