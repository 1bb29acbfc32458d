// Laws broken where the sources of a process write together.
import type { Mutant } from './mutants.ts'

const GATHERED = 'stores/counts/cassandra/gathered-writes.ts'

export const GATHERED_MUTANTS: readonly Mutant[] = [
  {
    name: 'batch-of-another-source-not-awaited',
    law: '6: a checkpoint goes ahead of rows that share a batch with another source',
    edits: [{ file: GATHERED, from: 'of.has(write)', to: 'of.size === 1 && of.has(write)' }],
  },
  {
    name: 'batch-failed-for-one-source',
    law: '6: when a batch fails, only the first source with rows in it tries again',
    edits: [{ file: GATHERED, from: 'of.has(write)', to: 'of.values().next().value === write' }],
  },
]
