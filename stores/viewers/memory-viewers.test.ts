import { MemoryViewers } from './memory-viewers.ts'
import { viewersContract } from './viewers-contract.ts'

viewersContract('Viewers in memory', async (clock) => {
  return { viewers: new MemoryViewers(clock), close: async () => {} }
})
