import { logContract } from '../stores/log/log-contract.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryLog } from './memory-log.ts'

logContract('The log in memory', async (partitions) => {
  const clock = new ManualClock()
  const log = new MemoryLog({ clock, partitions })
  return {
    log,
    passTime: async () => clock.advance(1_000),
    growPartitions: async (count) => log.growPartitions(count),
    trim: async (source, offset) => log.trim(source, offset),
    close: () => log.close(),
  }
})
