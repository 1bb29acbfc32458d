// Laws of a door that reads bodies in other threads, broken on purpose: see mutants.ts.
import type { Mutant } from './mutants.ts'

const ACCEPT = 'services/partitioner/threads/accept-in-threads.ts'

export const THREADS_MUTANTS: readonly Mutant[] = [
  {
    name: 'packed-by-the-first-layouts',
    law: '5: a thread goes on routing by the layouts that it knew first',
    edits: [
      {
        file: ACCEPT,
        from: 'layouts: currentLayouts(layouts),',
        to: 'layouts: currentLayouts(layouts).slice(0, 1),',
      },
    ],
  },
  {
    name: 'packed-and-acknowledged',
    law: '8: the sender is answered when a thread has read its events, before the log has them',
    edits: [
      {
        file: ACCEPT,
        from: 'await gather.storeRecords(records).catch(refuseUnstored)',
        to: 'gather.storeRecords(records).catch(() => {})',
      },
    ],
  },
]
