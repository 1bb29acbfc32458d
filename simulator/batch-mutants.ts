// Laws of the batch layer, broken on purpose: see mutants.ts.
import type { Mutant } from './mutants.ts'

const RECONCILER = 'services/reconciler'

export const BATCH_MUTANTS: readonly Mutant[] = [
  {
    name: 'hours-noted-before-they-are-recounted',
    law: '6: a recount that is killed is taken for done',
    edits: [
      {
        file: `${RECONCILER}/reconcile.ts`,
        from: 'const withRows = ',
        to: 'await rollups.writeHours(this.#holdings.map((holding) => this.#auditOf(holding)))\n    const withRows = ',
      },
    ],
  },
  {
    name: 'audit-from-one-side',
    law: '9: a total that only the stream holds is never compared',
    edits: [
      {
        file: `${RECONCILER}/counted-alone.ts`,
        from: 'found.push({ ...next, buckets: [] })',
        to: '',
      },
    ],
  },
  {
    name: 'audit-of-archived-hours-alone',
    law: '9: an hour of which there are no raw events is never compared',
    edits: [
      {
        file: `${RECONCILER}/reconcile.ts`,
        from: 'if (!held.has(hour)) countedAlone',
        to: 'if (false) countedAlone',
      },
    ],
  },
  {
    name: 'events-in-the-first-quarter-of-their-hour',
    law: '9: hours are rolled up right, and cut wrong',
    edits: [
      {
        file: 'model/quarters.ts',
        from: 'const place = Math.floor((minute - hourOf(minute)) / MINUTES_PER_QUARTER)',
        to: 'const place = 0 * hourOf(minute) * MINUTES_PER_QUARTER',
      },
    ],
  },
]
