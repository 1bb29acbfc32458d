import { countsContract } from '../stores/counts/counts-contract.ts'
import { MemoryCounts } from './memory-counts.ts'

countsContract('The counts in memory', async () => ({ counts: new MemoryCounts(), close: async () => {} }))
