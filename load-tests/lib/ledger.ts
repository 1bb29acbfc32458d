// Accounts for every event: what was offered, acknowledged, rejected, refused, given up. Acknowledged events are
// recorded by key and by minute, each as a count and a sum of values: an event that a server drops, doubles, misdates
// or alters makes at least one of these differ from its answers. Each of them is a metric, because a summary contains
// all metrics.
import { Counter, Trend } from 'k6/metrics'
import { MINUTE_MS } from './durations.ts'
import { EVENT_TYPES, keyNames, minuteNames, type Run } from './names.ts'
import type { Settings } from './settings.ts'
import { slotAt, slotNames, slotsOf } from './slots.ts'
import type { Batch } from './traffic.ts'

type Account = { readonly events: Counter; readonly thousandths: Counter }
type Sum = { events: number; thousandths: number }

/** Retried requests end within RETRY_FOR; one minute before the run and one for the last request. */
const MINUTES_BEYOND = 8

export class Ledger {
  readonly #offered = new Counter('events_offered')
  readonly #acknowledged = new Counter('events_acknowledged')
  readonly #late = new Counter('events_late')
  readonly #rejected = new Counter('events_rejected')
  readonly #refused = new Counter('events_refused')
  readonly #givenUp = new Counter('events_given_up')
  readonly #again = new Counter('requests_sent_again')
  readonly #acknowledgeMs = new Trend('acknowledge_ms', true)
  readonly #freshnessMs = new Trend('freshness_ms', true)
  readonly #slots
  readonly #bySlot
  readonly #byKey: Account[]
  readonly #byMinute: Account[]

  /** To be called in the init context, like all metrics of k6. */
  constructor({ videos }: Settings, durationMs: number) {
    this.#slots = slotsOf(durationMs)
    this.#bySlot = numbersUpTo(this.#slots.count).map((slot) => {
      const names = slotNames(slot)
      return {
        offered: new Counter(names.offered),
        acknowledged: new Counter(names.acknowledged),
        again: new Counter(names.again),
        acknowledgeMs: new Trend(names.acknowledgeMs, true),
        freshnessMs: new Trend(names.freshnessMs, true),
      }
    })
    this.#byKey = numbersUpTo(videos).flatMap((video) =>
      EVENT_TYPES.map((type) => accountOf(keyNames({ video, type }))),
    )
    const minutes = Math.ceil(durationMs / MINUTE_MS) + MINUTES_BEYOND
    this.#byMinute = numbersUpTo(minutes).map((minute) => accountOf(minuteNames(minute)))
  }

  offered(run: Run, { keys }: Batch): void {
    this.#offered.add(keys.length)
    this.#slotNow(run).offered.add(keys.length)
  }

  /** @param tookMs from the first attempt on; @param rejected indexes of rejected events */
  acknowledged(run: Run, batch: Batch, rejected: readonly number[], late: number, tookMs: number): void {
    const accepted = batch.keys.length - rejected.length
    const slot = this.#slotNow(run)
    this.#acknowledged.add(accepted)
    slot.acknowledged.add(accepted)
    this.#acknowledgeMs.add(tookMs)
    slot.acknowledgeMs.add(tookMs)
    if (late > 0) this.#late.add(late)
    if (rejected.length > 0) this.#rejected.add(rejected.length)
    const keys = new Map<number, Sum>()
    const minutes = new Map<number, Sum>()
    for (let i = 0; i < batch.keys.length; i++) {
      if (rejected.includes(i)) continue
      addTo(keys, batch.keys[i]!, batch.thousandths[i]!)
      addTo(minutes, batch.minutes[i]!, batch.thousandths[i]!)
    }
    for (const [key, sum] of keys) book(this.#byKey[key], sum)
    for (const [minute, sum] of minutes) book(this.#byMinute[minute], sum)
  }

  sentAgain(run: Run): void {
    this.#again.add(1)
    this.#slotNow(run).again.add(1)
  }

  /** All of its events were finally refused. */
  refused({ keys }: Batch): void {
    this.#refused.add(keys.length)
  }

  givenUp({ keys }: Batch): void {
    this.#givenUp.add(keys.length)
  }

  fresh(run: Run, ms: number): void {
    this.#freshnessMs.add(ms)
    this.#slotNow(run).freshnessMs.add(ms)
  }

  #slotNow({ startedMs }: Run) {
    return this.#bySlot[slotAt(this.#slots, Date.now() - startedMs)]!
  }
}

function accountOf({ events, thousandths }: { events: string; thousandths: string }): Account {
  return { events: new Counter(events), thousandths: new Counter(thousandths) }
}

function addTo(sums: Map<number, Sum>, at: number, thousandths: number): void {
  const sum = sums.get(at)
  if (sum === undefined) {
    sums.set(at, { events: 1, thousandths })
    return
  }
  sum.events++
  sum.thousandths += thousandths
}

function book(account: Account | undefined, { events, thousandths }: Sum): void {
  if (account === undefined) throw new Error('the run took longer than it has minutes to account for')
  account.events.add(events)
  account.thousandths.add(thousandths)
}

function numbersUpTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}
