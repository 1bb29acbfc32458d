import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DataDirectoryError, damaged } from '../../stores/disk/data-directory.ts'
import type { Lane } from '../../stores/log/log.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryArchive } from '../../testing/memory-archive.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryLog } from '../../testing/memory-log.ts'
import { checkLogIsWhole, type WholeLogParts } from './whole-log.ts'

const DIRECTORY = { root: 'd', log: 'd/log', counts: 'd/counts', snapshots: 'd/snapshots', isUsed: true }
const LEDGER = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }

/** Three records of the first source of a lane, of which so many are counted and so many archived. */
async function parts(lane: Lane, counted: number, archived: number): Promise<WholeLogParts> {
  const log = new MemoryLog({ clock: new ManualClock(), partitions: 2 })
  const counts = new MemoryCounts()
  const archive = new MemoryArchive(() => 0)
  const [source] = await log.sources(lane)
  for (let i = 0; i < 3; i++) await log.append(lane, 0, Uint8Array.of(i))
  const checkpoint = { offset: counted - 1, logTimeMs: 0, ledger: LEDGER }
  if (counted > 0) await counts.writeCheckpoint(source!.id, checkpoint)
  await archive.writeCheckpoint(source!.id, { nextOffset: archived, logTimeMs: 0, missingBeforeMs: 0 })
  return { log, counts, archive }
}

async function refused(some: WholeLogParts, message: RegExp): Promise<void> {
  await assert.rejects(checkLogIsWhole(some, DIRECTORY), (error) => {
    assert.ok(error instanceof DataDirectoryError, String(error))
    assert.equal(error.code, 'damaged')
    assert.match(error.message, message)
    return true
  })
}

describe('A log beside counts and an archive', () => {
  it('is whole where it ends at or behind what they know', async () => {
    for (const known of [0, 1, 3]) {
      await checkLogIsWhole(await parts('events', known, known), DIRECTORY)
      await checkLogIsWhole(await parts('events-late', 0, known), DIRECTORY)
    }
  })

  it('is refused where it ends before what was counted, or archived', async () => {
    await refused(
      await parts('events', 4, 3),
      /ends at offset 3 of source .* but 4 .*d\/log is damaged: restore/,
    )
    await refused(await parts('events', 3, 4), /d\/log is damaged/)
    await refused(await parts('events-late', 0, 4), /d\/log is damaged/)
  })

  it('is refused where it begins after what was counted', async () => {
    const whole = await parts('events', 2, 0)
    const log = {
      sources: (lane: Lane) => whole.log.sources(lane),
      bounds: async () => ({ startOffset: 3, endOffset: 3 }),
    }
    await refused({ ...whole, log }, /up to offset 2, but the log begins at 3.*Restore them from a backup/)
    const one = async (lane: Lane) => (await log.sources(lane)).slice(0, 1)
    const { counts } = await parts('events', 3, 0)
    await checkLogIsWhole(
      { ...whole, counts, log: { ...log, sources: async (lane) => (lane === 'events' ? one(lane) : []) } },
      DIRECTORY,
    )
  })

  it('does not wait for an archive that cannot be reached, and refuses one whose word is damaged', async () => {
    const failing = (error: Error) => ({ readCheckpoint: () => Promise.reject(error) })
    const whole = await parts('events', 3, 0)
    await checkLogIsWhole({ ...whole, archive: failing(new Error('away')) }, DIRECTORY)
    await refused({ ...whole, archive: failing(damaged('x', 'It is torn.')) }, /It is torn/)
  })
})
