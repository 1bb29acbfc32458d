import { hintsContract } from '../stores/hints/hints-contract.ts'
import { MemoryHints } from './memory-hints.ts'

hintsContract('Hints in memory', async () => ({ hints: new MemoryHints(), close: async () => {} }))
