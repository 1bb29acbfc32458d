import { archiveContract } from '../stores/archive/archive-contract.ts'
import { MemoryArchive } from './memory-archive.ts'

archiveContract('The archive in memory', async () => {
  let ms = 0
  return { archive: new MemoryArchive(() => ++ms), close: async () => {} }
})
