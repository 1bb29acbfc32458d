import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { MemoryUniques } from '../../testing/memory-uniques.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { openEmbeddedUniques } from './embedded-uniques.ts'
import { storedSketchesContract } from './stored-sketches-contract.ts'
import { uniquesContract } from './uniques-contract.ts'

uniquesContract('Sketches in memory', async () => ({ uniques: new MemoryUniques(), close: async () => {} }))

storedSketchesContract('Sketches in memory', async () => {
  return { uniques: new MemoryUniques(), close: async () => {} }
})

uniquesContract('Embedded sketches', async () => {
  const directory = await temporaryDirectory()
  const uniques = await openEmbeddedUniques({ directory: directory.path })
  return {
    uniques,
    async close() {
      await uniques.close()
      await directory[Symbol.asyncDispose]()
    },
  }
})

test('embedded sketches are there after a restart', async () => {
  await using directory = await temporaryDirectory()
  const first = await openEmbeddedUniques({ directory: directory.path })
  await first.merge([{ tenant: '', videoId: 'v', hour: 60, sketch: HyperLogLog.of(['a', 'b']) }])
  await first.close()
  await assert.rejects(first.merge([]), /closed/)
  const second = await openEmbeddedUniques({ directory: directory.path })
  assert.equal((await second.read('', 'v', 0, 120)).sketch.estimate(), 2)
  await second.close()
})
