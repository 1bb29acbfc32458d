import { journalContract } from '../stores/counts/journal-contract.ts'
import { MemoryJournal } from './memory-journal.ts'

journalContract('The journal in memory', async () => ({
  journal: new MemoryJournal(),
  close: async () => {},
}))
