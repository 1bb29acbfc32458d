// track, flush and close.
//
//   capture, and make room                 intake.ts
//   send, and learn what became of it      transmitter.ts
import type { TallyEvent } from '../event.ts'
import type { Sender } from '../sender.ts'
import type { EventOutcome } from './event-queue.ts'
import { createIntake } from './intake.ts'
import { newSendState, pendingItems, type Settled } from './send-state.ts'
import { sendLimits } from './sending-options.ts'
import { createTransmitter, type Sending } from './transmitter.ts'

/** Of `flush` and `close`, when they are called without. */
const TIMEOUT_MS = 10_000

/** How much longer than its timeout `close` may wait for the store. */
const STORE_CLOSE_MS = 50

/** Its calls may be taken off it, or spread into another object. Fails with a TallyError `invalid_argument`. */
export function createTracker(sending: Sending): Sender {
  const { runtime, rules, store } = sending
  const state = newSendState(sendLimits(!!runtime.page, sending))
  const { ledger } = state
  /** Each is told what was settled, and resolves its flush when that is over, or at once if it is told nothing. */
  const flushes = new Set<(settled?: readonly Settled[]) => void>()
  const transmitter = createTransmitter(sending, state, (settled, tell) => {
    const waiting = [...flushes] // a listener may call flush, which then waits for what is left
    tell()
    for (const end of waiting) end(settled)
  })
  const take = createIntake(sending, state, transmitter.tell)
  let closed: Promise<TallyEvent[]> | undefined

  const flush: Sender['flush'] = ({ timeoutMs = TIMEOUT_MS } = {}) => {
    const upTo = state.nextSeq - 1
    let { pending } = ledger // all of them are up to this one
    transmitter.hurry()
    return new Promise((resolve) => {
      const end = (settled?: readonly Settled[]) => {
        pending -= settled?.filter(({ item }) => item.seq <= upTo).length ?? 0
        if (settled && pending > 0) return
        cancel()
        flushes.delete(end)
        resolve({ pending })
      }
      const cancel = runtime.after(timeoutMs, end)
      flushes.add(end)
      end([])
    })
  }
  const close = async (options: Parameters<Sender['close']>[0]): Promise<TallyEvent[]> => {
    state.closing = true
    await flush(options)
    state.closed = true
    const undelivered = pendingItems(state)
    for (const { confirm } of undelivered) confirm?.({ kind: 'undelivered' })
    transmitter.stop()
    for (const end of flushes) end()
    await store?.close(STORE_CLOSE_MS)
    return undelivered.map(({ json }) => JSON.parse(json))
  }
  return {
    track: ((event: TallyEvent, options?: { readonly confirm?: boolean }) =>
      options?.confirm
        ? new Promise<EventOutcome>((told) => take(event, told))
        : take(event)) as Sender['track'],
    flush,
    close: (options) => (closed ??= close(options)),
    ledger: () => ({ ...ledger }),
    nowMs: () => runtime.nowMs() + rules.offsetMs,
  }
}
