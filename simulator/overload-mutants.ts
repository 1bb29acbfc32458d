// Laws of the overload lane, broken on purpose: see mutants.ts.
import type { Mutant } from './mutants.ts'

export const OVERLOAD_MUTANTS: readonly Mutant[] = [
  {
    name: 'lane-by-arrival',
    law: '5: events take the overload lane when it is on, whatever their minute',
    edits: [
      {
        file: 'model/route.ts',
        from: 'return layoutAt(layouts, minuteOf(timeMs)).overflow === true',
        to: 'return layouts.at(-1)!.overflow === true',
      },
    ],
  },
  {
    name: 'object-named-before-it-is-stored',
    law: '8: the sender is answered when the message is durable, and its object may not be',
    edits: [
      {
        file: 'stores/log/overflow/overflow-log.ts',
        from: 'await this.#call((objects) => objects.write(reference.object, bytes))',
        to: 'this.#call((objects) => objects.write(reference.object, bytes)).catch(() => {})',
      },
    ],
  },
  {
    name: 'lost-object-skipped',
    law: '7: a record whose object cannot be fetched is passed over',
    edits: [
      {
        file: 'stores/log/overflow/overflow-log.ts',
        from: 'else break // the next read begins with it',
        to: 'else continue',
      },
    ],
  },
  {
    name: 'closing-without-the-overload-lane',
    law: '9: minutes are closed by how far one of the lanes has come',
    edits: [
      {
        file: 'stores/log/progress.ts',
        from: 'lanes = COUNTED_LANES',
        to: "lanes = ['events']",
      },
    ],
  },
  {
    name: 'recount-without-the-overload-lane',
    law: '9: what came by the overload lane is taken for late',
    edits: [
      {
        file: 'testing/memory-copies.ts',
        from: "return origin === 'events' || origin === 'events-overflow'",
        to: "return origin === 'events'",
      },
    ],
  },
]
