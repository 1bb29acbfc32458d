import { MemoryRollups } from './memory-rollups.ts'
import { rollupsContract } from './rollups-contract.ts'

rollupsContract('The rollups in memory', async () => ({
  rollups: new MemoryRollups(),
  close: async () => {},
}))
