import { cacheContract } from '../stores/cache/cache-contract.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryCache } from './memory-cache.ts'

cacheContract('A shared cache in memory', async () => {
  const cache = new MemoryCache(new ManualClock())
  return { cache, clear: async () => cache.clear(), close: async () => {} }
})
