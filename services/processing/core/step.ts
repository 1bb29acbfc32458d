// Processing, as its table of contents. `step` is synchronous and takes everything from its input: no clock, no
// randomness, no I/O (law 1). It returns effects; a driver carries them out and feeds their outcome back as inputs.
//
//   decode ▸ de-duplicate ▸ aggregate      apply.ts, on the columns that decode-record.ts makes of a record
//   hydrate what may be stored             hydrate.ts
//   seal ▸ queue ▸ checkpoint              seal.ts, write-queue.ts
//   take over from a checkpoint            rebuild.ts
import type { Total } from '../../../model/total.ts'
import { applyRecord } from './apply.ts'
import type { DecodedRecord } from './decode-record.ts'
import { insertHydrated, unknownBuckets } from './hydrate.ts'
import type { Effect, Input } from './protocol.ts'
import { indexHint, indexRecord, takeOver } from './rebuild.ts'
import { evictStored, seal, sealIsDue } from './seal.ts'
import type { SourceState } from './source-state.ts'

/** Advances the state by one input, in place, and returns what must now be done. */
export function step(state: SourceState, input: Input): Effect[] {
  const effects: Effect[] = []
  switch (input.kind) {
    case 'hint':
      indexHint(state, input.block)
      break
    case 'rebuild':
      for (const record of input.records) indexRecord(state, record)
      break
    case 'takeover':
      takeOver(state, input.checkpoint)
      break
    case 'records':
      onRecords(state, input.records, effects)
      break
    case 'hydrated':
      onHydrated(state, input.totals, effects)
      break
    case 'seal':
      seal(state, effects)
      break
    case 'stored':
      onStored(state, input.seal, effects)
      break
  }
  return effects
}

function onRecords(state: SourceState, records: readonly DecodedRecord[], effects: Effect[]): void {
  const unknown = unknownBuckets(state, records)
  if (unknown.length > 0) {
    state.parked = { records, unknown }
    effects.push({ kind: 'hydrate', buckets: unknown.map(({ bucket }) => bucket) })
    return
  }
  for (const record of records) {
    applyRecord(state, record)
    if (sealIsDue(state)) seal(state, effects)
  }
}

function onHydrated(state: SourceState, totals: readonly (Total | null)[], effects: Effect[]): void {
  const { parked } = state
  if (parked === null) throw new Error('no records wait for these rows')
  state.parked = null
  for (const [i, unknown] of parked.unknown.entries()) insertHydrated(state, unknown, totals[i] ?? null)
  onRecords(state, parked.records, effects)
}

function onStored(state: SourceState, sealNumber: number, effects: Effect[]): void {
  const checkpoint = state.queue.stored(sealNumber)
  if (checkpoint !== null) {
    effects.push({ kind: 'checkpoint', checkpoint })
    evictStored(state)
  }
  const sealed = state.queue.take()
  if (sealed !== null) effects.push({ kind: 'store', sealed })
}
