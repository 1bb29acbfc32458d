import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { type LogUnderTest, logContract } from '../log-contract.ts'
import { openEmbeddedLog } from './embedded-log.ts'

const KEEP_ALL = { ageMs: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER }

async function open(partitions: number, cacheBytesMax: number): Promise<LogUnderTest> {
  const around = await mkdtemp(join(tmpdir(), 'tally-log-')) // the database keeps a mark beside its folder
  const directory = join(around, 'log')
  const clock = new ManualClock()
  const retention = { ...KEEP_ALL }
  const log = await openEmbeddedLog({ directory, clock, partitions, cacheBytesMax, retention })
  return {
    log,
    passTime: async () => clock.advance(1_000),
    growPartitions: (count) => log.growPartitions(count),
    trim: async (trimmed, offset) => {
      retention.bytesMax = 0
      await log.enforceRetention(async (source) => (source.id === trimmed.id ? offset : 0))
    },
    close: async () => {
      await log.close()
      await rm(around, { recursive: true, force: true })
    },
  }
}

logContract('The embedded log, read from memory', (partitions) => open(partitions, 32 << 20))
logContract('The embedded log, read from disk', async (partitions) => ({
  ...(await open(partitions, 0)),
  losesCarried: true,
}))
