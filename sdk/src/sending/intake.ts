// How events come in: from the caller, one by one, and from the store, which kept those of clients that died.
import { type Captured, capture, type TallyEvent, utf8Bytes } from '../event.ts'
import type { Item } from './event-queue.ts'
import { RECLAIM_INTERVAL_MS } from './event-store.ts'
import { timeMsOf } from './mend-time.ts'
import { KEEPALIVE_BYTES_MAX } from './next-move.ts'
import { admit, roomLeft } from './room.ts'
import type { SendState, Settled } from './send-state.ts'
import { safely } from './tell-outcomes.ts'
import type { Sending } from './transmitter.ts'

/** What takes an event and tells what became of it if that is known at once. It never throws. */
export function createIntake(
  { runtime, rules, store, onRejected }: Sending,
  state: SendState,
  tell: (settled: readonly Settled[]) => void,
): (event: TallyEvent, confirm?: Item['confirm']) => void {
  const { ledger } = state
  const enter = (
    event: TallyEvent,
    { json, bytes, clockMs }: Omit<Captured, 'event'>,
    key: Item['key'],
    confirm?: Item['confirm'],
  ) => {
    const timeMs = timeMsOf(event, runtime.nowMs())
    const atMs = Math.round(runtime.monotonicMs())
    tell(admit(state, { seq: state.nextSeq++, json, bytes, clockMs, atMs, timeMs, key, confirm }))
  }
  const reclaim = async () => {
    if (!store || state.closed) return
    for (const { key, json } of await store.reclaim(roomLeft(state)).catch(() => [])) {
      const bytes = utf8Bytes(json)
      const room = roomLeft(state)
      const fits = room.events > 0 && bytes <= Math.min(room.bytes, KEEPALIVE_BYTES_MAX)
      if (state.closing || !fits) continue // it stays in the store
      enter(JSON.parse(json), { json, bytes, clockMs: undefined }, key)
    }
    runtime.after(RECLAIM_INTERVAL_MS, reclaim, true)
  }
  reclaim()
  return (given, confirm) => {
    const taken = capture(given, runtime.nowMs(), rules)
    if ('json' in taken) return enter(taken.event, taken, store?.keep(taken.json), confirm)
    ledger.captured++
    ledger.rejected++
    confirm?.({ kind: 'rejected', ...taken })
    safely(() => onRejected?.([{ event: given, ...taken }]))
  }
}
