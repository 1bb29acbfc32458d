// Laws broken on purpose, each as one change of the production source that the simulator must catch. A mutant whose
// text is not in its file exactly once is an error, so that mutants cannot become outdated.
import { BATCH_MUTANTS } from './batch-mutants.ts'
import { GATHERED_MUTANTS } from './gathered-mutants.ts'
import { IDENTITY_MUTANTS } from './identity-mutants.ts'
import { LAYOUT_MUTANTS } from './layout-mutants.ts'
import { OVERLOAD_MUTANTS } from './overload-mutants.ts'
import { THREADS_MUTANTS } from './threads-mutants.ts'

export type Edit = { readonly file: string; readonly from: string; readonly to: string }
export type Mutant = { readonly name: string; readonly law: string; readonly edits: readonly Edit[] }

const CORE = 'services/processing/core'
const RECOUNT = 'services/reconciler/recount'

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'bare-seen-mark',
    law: '4: ids that an owner saw after the checkpoint, before it died, count as seen',
    edits: [
      { file: `${CORE}/rebuild.ts`, from: ' && block.to <= checkpoint.offset + 1', to: '' },
      {
        file: `${CORE}/rebuild.ts`,
        from: "if (state.nextOffset > checkpoint.offset + 1) throw new Error('the index goes beyond the checkpoint')",
        to: '',
      },
    ],
  },
  {
    name: 'hint-trusted-with-a-gap',
    law: '4: hint blocks need not join',
    edits: [
      {
        file: `${CORE}/rebuild.ts`,
        from: 'block.from <= state.nextOffset && ',
        to: '',
      },
    ],
  },
  {
    name: 'index-not-rebuilt',
    law: '4: a new owner knows no id from before its checkpoint',
    edits: [
      {
        file: `${CORE}/rebuild.ts`,
        from: 'oldestLiveMs(settings, checkpoint.logTimeMs) - settings.aheadMs - MINUTE_MS',
        to: 'checkpoint.logTimeMs',
      },
    ],
  },
  {
    name: 'index-forgets-too-early',
    law: '4: ids are dropped a minute before the last copy may come',
    edits: [
      {
        file: `${CORE}/source-state.ts`,
        from: 'minuteOf(oldestLiveMs(state.settings, state.logTimeMs))',
        to: 'minuteOf(oldestLiveMs(state.settings, state.logTimeMs)) + 1',
      },
    ],
  },
  {
    name: 'log-time-steps-back',
    law: '1: the horizon follows each record and not the log',
    edits: [
      {
        file: `${CORE}/apply.ts`,
        from: 'state.logTimeMs = Math.max(state.logTimeMs, record.logTimeMs)',
        to: 'state.logTimeMs = record.logTimeMs',
      },
    ],
  },
  {
    name: 'hydrate-from-one-replica',
    law: '3: a takeover asks one replica, whatever the levels',
    edits: [
      {
        file: 'simulator/replicas.ts',
        from: '.slice(0, this.#asked.read)\n    if (asked.length < this.#asked.read ||',
        to: '.slice(0, 1)\n    if (asked.length < 1 ||',
      },
    ],
  },
  {
    name: 'levels-need-not-overlap',
    law: '3: levels are allowed at which a takeover may miss what was acknowledged',
    edits: [
      {
        file: 'stores/cassandra/consistency.ts',
        from: 'return !fits(needs, replication)',
        to: 'return true',
      },
    ],
  },
  {
    name: 'no-hydration',
    law: '3: rows from before the takeover are not read',
    edits: [
      {
        file: `${CORE}/rebuild.ts`,
        from: 'for (const held of state.minutes.values()) held.mayBeStored = true',
        to: 'state.hydrateThroughMinute = -Infinity',
      },
    ],
  },
  {
    name: 'no-up-to-skip',
    law: '3: events that the stored total includes are counted again',
    edits: [
      {
        file: `${CORE}/totals-table.ts`,
        from: 'if (offset <= cells[at + STORED_UP_TO]!) return',
        to: '',
      },
    ],
  },
  {
    name: 'hydrated-row-not-rewritten',
    law: '3: a row that one replica has is built upon and not written again',
    edits: [
      {
        file: `${CORE}/totals-table.ts`,
        from: 'if (stored !== null) this.#markChanged(row)',
        to: '',
      },
    ],
  },
  {
    name: 'sealed-rows-evicted',
    law: '3: rows are dropped from memory before they are stored',
    edits: [
      {
        file: `${CORE}/seal.ts`,
        from: '|| held.lastSeal > state.queue.storedSeal',
        to: '',
      },
    ],
  },
  {
    name: 'wall-clock-timestamps',
    law: '2: the later write wins and not the fuller total',
    edits: [
      {
        file: 'model/total.ts',
        from: 'return BigInt(minute) * 60_000_000n + BigInt(upTo)',
        to: 'return BigInt((globalThis.writes = (globalThis.writes ?? 0) + 1))',
      },
    ],
  },
  {
    name: 'increments',
    law: '2: rows hold what is new instead of what there is',
    edits: [
      {
        file: `${CORE}/totals-table.ts`,
        from: 'for (const row of this.#changed) this.#isChanged[row] = 0',
        to: 'for (const row of this.#changed) { this.#isChanged[row] = 0; this.#cells[row * CELLS + COUNT] = 0 }',
      },
    ],
  },
  {
    name: 'coalescing-keeps-the-older-row',
    law: '2: of two totals that wait, the older is written',
    edits: [
      {
        file: `${CORE}/write-queue.ts`,
        from: 'for (const row of newer.rows) rows.set(bucketKey(row.bucket), row)',
        to: 'for (const row of newer.rows) if (!rows.has(bucketKey(row.bucket))) rows.set(bucketKey(row.bucket), row)',
      },
    ],
  },
  {
    name: 'checkpoint-before-write',
    law: '6: the checkpoint is written when a table is sealed',
    edits: [
      {
        file: `${CORE}/seal.ts`,
        from: "  if (sealed !== null) effects.push({ kind: 'store', sealed })",
        to: "  if (sealed !== null) effects.push({ kind: 'store', sealed }, { kind: 'checkpoint', checkpoint: sealed.checkpoint })",
      },
    ],
  },
  {
    name: 'checkpoint-jumps-the-queue',
    law: '6: a stored table moves the checkpoint past an older one that is not',
    edits: [
      {
        file: `${CORE}/write-queue.ts`,
        from: 'while (this.#taken[0]?.stored) reached = this.#taken.shift()!.sealed',
        to: 'reached = entry.sealed; this.#taken.splice(this.#taken.indexOf(entry), 1)',
      },
    ],
  },
  {
    name: 'side-lanes-not-awaited',
    law: '6: the checkpoint does not wait for late events and dead letters',
    edits: [
      {
        file: 'services/processing/driver.ts',
        from: "late.length > 0 && this.#persist('keep late events', () => lanes.keepLate(partition, late)),",
        to: "(late.length > 0 && void this.#persist('keep late events', () => lanes.keepLate(partition, late)).catch(() => {})),",
      },
    ],
  },
  {
    name: 'snapshot-before-it-is-stored',
    law: '6: a state is gone on from whose changes the store lacks',
    edits: [
      {
        file: 'services/processing/recover.ts',
        from: ' || state.nextOffset > checkpoint.offset + 1',
        to: '',
      },
      {
        file: 'services/processing/driver.ts',
        from: 'return this.#snapshot.nextOffset <= this.#checkpoint.offset + 1',
        to: 'return true',
      },
    ],
  },
  {
    name: 'snapshot-of-a-moving-source',
    law: '4: a snapshot holds names of records that come after its offset, which are then taken for copies',
    edits: [
      {
        file: 'services/processing/driver.ts',
        from: 'this.#isCopying = true',
        to: '',
      },
    ],
  },
  {
    name: 'late-dropped-in-silence',
    law: '7: a late event is counted as late and kept nowhere',
    edits: [
      {
        file: `${CORE}/apply.ts`,
        from: 'state.late.push(encodedEvent(record, i))',
        to: '',
      },
    ],
  },
  {
    name: 'clamp-instead-of-divert',
    law: '7: a late event is counted in the oldest live minute',
    edits: [
      {
        file: `${CORE}/apply.ts`,
        from: 'const time = timeMs[i]!\n',
        to: 'const time = Math.max(timeMs[i]!, oldestMs)\n',
      },
    ],
  },
  {
    name: 'neighbours-of-a-bad-event-dropped',
    law: '7: one unreadable event takes the rest of its record along',
    edits: [
      {
        file: `${CORE}/apply.ts`,
        from: 'bury(state, record, i, EVENT_FAULTS[fault[i]!]!)\n      continue',
        to: 'bury(state, record, i, EVENT_FAULTS[fault[i]!]!)\n      break',
      },
    ],
  },
  {
    name: 'random-salt',
    law: '5: the part of a split video is drawn anew each time',
    edits: [
      {
        file: 'model/route.ts',
        from: '(base + partitionOf(event.id, ways)) % count',
        to: '(base + ((globalThis.salt = (globalThis.salt ?? 0) + 1) % ways)) % count',
      },
    ],
  },
  {
    name: 'layout-by-arrival',
    law: '5: the newest layout routes all events, whatever their minute',
    edits: [
      {
        file: 'model/route.ts',
        from: 'if (layouts[i]!.fromMinute <= minute) return layouts[i]!',
        to: 'return layouts[i]!',
      },
    ],
  },
  {
    name: 'split-by-arrival',
    law: '5: a video is split as the newest layout says, whatever the minute of its event',
    edits: [{ file: 'model/route.ts', from: 'waysOf(layout, event)', to: 'waysOf(layouts.at(-1)!, event)' }],
  },
  {
    name: 'acknowledged-before-durable',
    law: '8: the sender is answered before the log has its events',
    edits: [
      {
        file: 'services/partitioner/gather.ts',
        from: '    try {\n      await log.append',
        to: '    stored.resolve()\n    try {\n      await log.append',
      },
    ],
  },
  {
    name: 'minutes-closed-too-early',
    law: '9: minutes are corrected while the stream still counts them',
    edits: [
      {
        file: `${RECOUNT}/due-hours.ts`,
        from: '(asOfMs - horizonMs - slackMs)',
        to: 'asOfMs',
      },
    ],
  },
  {
    name: 'archive-checkpoint-before-store',
    law: '6: the archive passes events that it does not hold',
    edits: [
      {
        file: 'services/reconciler/archiving/archiver.ts',
        from: "const sketches = await this.#persist('archive events'",
        to: "const sketches: never[] = []; void this.#persist('archive events'",
      },
    ],
  },
  {
    name: 'correction-ignores-the-stream',
    law: '9: a correction is the whole recount, on top of what the stream holds',
    edits: [{ file: `${RECOUNT}/compare.ts`, from: 'all.count - stream.count,', to: 'all.count,' }],
  },
  {
    name: 'correction-on-a-correction',
    law: '2: a correction is what is missing now, in place of what was missing before',
    edits: [
      {
        file: `${RECOUNT}/compare.ts`,
        from: 'count: all.count - stream.count,',
        to: 'count: all.count - stream.count - (batch?.count ?? 0),',
      },
    ],
  },
  {
    name: 'closed-hours-not-looked-at-again',
    law: '7: late events of an hour that is recounted are forgotten',
    edits: [
      {
        file: `${RECOUNT}/due-hours.ts`,
        from: 'return mark !== audit.mark || ',
        to: 'return ',
      },
    ],
  },
  {
    name: 'open-hours-called-reconciled',
    law: '9: the rollups are taken for the truth before the hour is over',
    edits: [
      {
        file: `${RECOUNT}/reconcile.ts`,
        from: 'hourOf(window.closedTo)',
        to: 'hourOf(window.closedTo + 59)',
      },
      {
        file: `${RECOUNT}/reconcile.ts`,
        from: 'exceptHours(holdings, audits, toMinute, window.completeFrom)',
        to: '[]',
      },
    ],
  },
  {
    name: 'correction-believed-when-read',
    law: '2: what an attempt that failed left on one replica is taken for stored',
    edits: [
      {
        file: `${RECOUNT}/compare.ts`,
        from: 'batch === null && isSame(all, stream)',
        to: 'isSame(all, add(stream, batch ?? EMPTY))',
      },
    ],
  },
  {
    name: 'recount-of-one-lane',
    law: '9: the archive leaves the late lane out',
    edits: [
      {
        file: 'simulator/simulated-batch.ts',
        from: "...log.sources('events-late')",
        to: '',
      },
    ],
  },
  ...BATCH_MUTANTS,
  ...GATHERED_MUTANTS,
  ...IDENTITY_MUTANTS,
  ...OVERLOAD_MUTANTS,
  ...LAYOUT_MUTANTS,
  ...THREADS_MUTANTS,
]
