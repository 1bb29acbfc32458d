// Puts a tracker together: how it captures, and how it sends.
import { sendBatch } from '../attempt.ts'
import { capture, recapture } from '../event.ts'
import type { Sender } from '../process-events.ts'
import { sendBeacon } from './beacon.ts'
import { type SendingOptions, sendLimits } from './sending-options.ts'
import { createTracker, type Tracker } from './tracker.ts'

type Options = SendingOptions & { readonly concurrency?: number; readonly apiKey?: string }

/** Fails with a TallyError `invalid_argument`. */
export function trackerOf(
  { courier, clock, newId, strict }: Sender,
  options: Options,
): Tracker & { nowMs(): number } {
  const { door, runtime, timeoutMs } = courier
  const { page } = runtime
  const rules = () => ({ newId, strict, offsetMs: clock.offsetMs })
  const tracker = createTracker({
    ...options,
    limits: sendLimits(options, page !== undefined),
    runtime,
    capture: (event) => capture(event, 0, runtime.nowMs(), rules()),
    recapture(event, clockMs) {
      const again = recapture({ event, index: 0 }, clockMs, rules())
      return 'json' in again ? again : null
    },
    async send({ items, keepalive }, signal) {
      const outcome = await sendBatch(door, { events: items, timeoutMs, signal, keepalive })
      if (outcome.kind === 'answered' && outcome.offsetMs !== null) clock.offsetMs = outcome.offsetMs
      return outcome
    },
    sendBeacon: (items) => (page ? sendBeacon(page, door.url, options.apiKey, items) : 0),
  })
  return { ...tracker, nowMs: () => runtime.nowMs() + clock.offsetMs }
}
