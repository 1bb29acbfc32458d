import { ManualClock } from '../log/manual-clock.ts'
import { cacheContract } from './cache-contract.ts'
import { MemoryCache } from './memory-cache.ts'

cacheContract('A shared cache in memory', async () => {
  const cache = new MemoryCache(new ManualClock())
  return { cache, clear: async () => cache.clear(), close: async () => {} }
})
