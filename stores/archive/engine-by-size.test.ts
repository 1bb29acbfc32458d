import assert from 'node:assert/strict'
import { test } from 'node:test'
import { archiveDirectory } from '../../testing/archive-directory.ts'
import { atMinute, batchOf, countsOf, DAY, questionOf } from '../../testing/archive-fixture.ts'
import { DuckdbEngine } from './duckdb/duckdb-engine.ts'
import { engineBySize } from './engine-by-size.ts'
import type { RecountEngine } from './recount-engine.ts'

/** Hours of the tasks that an engine was given. */
type Given = { readonly small: number[][]; readonly large: number[][] }

function noting(engine: RecountEngine, given: number[][]): RecountEngine {
  return {
    bytesTogetherMax: 1,
    count: (task, signal) => {
      given.push(task.hours.map((hour) => hour - DAY))
      return engine.count(task, signal)
    },
  }
}

async function recounted(bytesMin: number): Promise<Given> {
  const given: Given = { small: [], large: [] }
  await using directory = await archiveDirectory({
    engineOf: () => (parts) => {
      const engine = () => new DuckdbEngine(parts.database, parts.rawFiles)
      return engineBySize(noting(engine(), given.small), noting(engine(), given.large), bytesMin)
    },
  })
  const { archive } = directory
  await archive.store(batchOf('a-0', 'events', [atMinute(DAY)]))
  const many = Array.from({ length: 5_000 }, (_, i) => atMinute(DAY + 60, { id: `e${i}`, offset: i }))
  await archive.store(batchOf('a-0', 'events', many))
  const counts = await countsOf(archive, questionOf([DAY, DAY + 60]))
  assert.deepEqual(counts, ['v1 view 0: 1/1', 'v1 view 60: 5000/5000'])
  return given
}

test('hours with few bytes are counted by the small engine, others by the large one', async () => {
  assert.deepEqual(await recounted(8_192), { small: [[0]], large: [[60]] })
  assert.deepEqual(await recounted(1), { small: [], large: [[0], [60]] })
  assert.deepEqual(await recounted(2 ** 30), { small: [[0], [60]], large: [] })
})
