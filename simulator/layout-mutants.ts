// Laws of shared layouts, broken on purpose: see mutants.ts. What worlds meet too seldom is in the tests of
// layout-order.ts and kafka-layouts.ts: leaders whose clocks step back by hours, and layouts that are taken back.
import type { Mutant } from './mutants.ts'

const KAFKA = 'stores/log/kafka'

export const LAYOUT_MUTANTS: readonly Mutant[] = [
  {
    name: 'removed-layouts-are-missed',
    law: '5: who was away while layouts were removed goes on with an older one',
    edits: [
      {
        file: 'stores/log/kafka/kafka-layouts.ts',
        from: 'if (order.isMissingSome) {',
        to: 'if (order.isMissingSome && order.layouts.length < 0) {',
      },
    ],
  },
  {
    name: 'lease-never-expires',
    law: '5: whoever cannot read the layouts goes on routing by those that it knows',
    edits: [
      {
        file: `${KAFKA}/kafka-layouts.ts`,
        from: 'return unknownFromMinute(this.#order) ?? Math.ceil(untilMs / MINUTE_MS)',
        to: 'return unknownFromMinute(this.#order)! + (this.#order.layouts.length > 0 ? 9e9 : untilMs)',
      },
    ],
  },
  {
    name: 'lead-of-the-process',
    law: '5: a process takes a lead of its own for that of the log',
    edits: [
      {
        file: `${KAFKA}/layout-order.ts`,
        from: 'Math.ceil((asOfMs + agreedLeadMs) / MINUTE_MS)',
        to: 'Math.ceil((asOfMs + 3 * MINUTE_MS) / MINUTE_MS)',
      },
    ],
  },
  {
    name: 'late-proposal-counts',
    law: '5: a layout is valid although the log had it too late for all to know of it',
    edits: [{ file: `${KAFKA}/layout-order.ts`, from: 'if (!inTime || !isNext)', to: 'if (!isNext)' }],
  },
  {
    name: 'unrouted-routed-at-once',
    law: '5: kept events are routed before the layout of their minute is known',
    edits: [
      {
        file: 'services/partitioner/unrouted-events.ts',
        from: 'isUnknown(events, unknownFrom)) break',
        to: '(isUnknown(events, unknownFrom) && current.length === 0)) break',
      },
    ],
  },
  {
    name: 'unrouted-by-the-newest-layout',
    law: '5: kept events are routed by the newest layout, whatever their minute',
    edits: [
      {
        file: 'services/partitioner/unrouted-events.ts',
        from: 'placeOf(lane, event, layouts)',
        to: 'placeOf(lane, event, layouts.slice(-1))',
      },
    ],
  },
  {
    name: 'unrouted-removed-before-it-is-stored',
    law: '8: kept events leave the disk before the log has them',
    edits: [
      {
        file: 'services/partitioner/unrouted-events.ts',
        from: 'const ends = await Promise.allSettled(appends)',
        to: 'spool.removeBefore(source, routedTo).catch(() => {})\n    const ends = await Promise.allSettled(appends)',
      },
    ],
  },
  {
    name: 'layouts-removed-too-early',
    law: '5: layouts are removed of minutes whose events may still come',
    edits: [
      {
        file: `${KAFKA}/kafka-layouts.ts`,
        from: '(this.#order.asOfMs - retentionMs) / MINUTE_MS',
        to: '(this.#order.asOfMs + retentionMs) / MINUTE_MS',
      },
    ],
  },
]
