import assert from 'node:assert/strict'
import { test } from 'node:test'
import { COUNTED_LANES, sourcesOf } from '../../stores/log/log.ts'
import type { NewCounts } from '../../tools/rebuild/cluster/cluster.ts'
import { type Mutant, runLostKeyspace } from './lost-keyspace-world.ts'

const SEEDS = 12
const FROM = Number(process.env.SEED ?? 1)

test('a lost keyspace is counted again exactly, wherever the rebuild is killed', async () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    await runLostKeyspace(seed).catch((cause) => {
      throw new Error(`seed ${seed}: ${cause.message}`, { cause })
    })
  }
})

/** Fails unless some world goes wrong. */
async function isCaught(mutant: Mutant): Promise<void> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      await runLostKeyspace(seed, mutant)
    } catch {
      return
    }
  }
  assert.fail('every world is exact')
}

type WriteCheckpoint = NewCounts['counts']['writeCheckpoint']

function writing(opened: NewCounts, writeCheckpoint: WriteCheckpoint): NewCounts {
  return { ...opened, counts: { checkpoints: () => opened.counts.checkpoints(), writeCheckpoint } }
}

test('it would not be if sources did not begin where the log begins', () =>
  isCaught((opened) => writing(opened, async () => {})))

test('it would not be if sources began where the log ends, as a process does that runs through the loss', () =>
  isCaught((opened, log) =>
    writing(opened, async (id, checkpoint) => {
      const source = (await sourcesOf(log, COUNTED_LANES)).find((one) => one.id === id)
      const { endOffset } = await log.bounds(source!)
      await opened.counts.writeCheckpoint(id, { ...checkpoint, offset: endOffset - 1 })
    }),
  ))

test('viewers would be missing if those of the archive were not merged', () =>
  isCaught((opened) => ({ ...opened, uniques: { merge: async () => {} } })))
