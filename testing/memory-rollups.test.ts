import { rollupsContract } from '../stores/counts/rollups-contract.ts'
import { MemoryRollups } from './memory-rollups.ts'

rollupsContract('The rollups in memory', async () => ({
  rollups: new MemoryRollups(),
  close: async () => {},
}))
