// Events of minutes whose layout this process does not know yet. They are durable on its own disk meanwhile (law 8).
// When the layout of its own minute is known, each is routed by that, as all its copies are, whoever took them (law 5);
// never by the layout of the moment in which it is routed. One may reach the log twice: copies are recognised (law 4).
import type { Clock } from '../../lib/clock.ts'
import { repeatUntilAborted } from '../../lib/repeat.ts'
import type { RetryPolicy } from '../../lib/retry.ts'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import type { Layout } from '../../model/layout.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import type { SchemaSet } from '../../schemas/schema-set.ts'
import { splitRecord } from '../../schemas/split-record.ts'
import type { Layouts } from '../../stores/layouts/layouts.ts'
import type { Lane, Log, LogRecord, Source } from '../../stores/log/log.ts'
import type { Spool } from '../../stores/log/spool/spool.ts'
import { SPOOLED_OFFSET } from '../../stores/log/spool/spooled-log.ts'
import type { EventLimits } from './limits.ts'
import { type FirstLane, placeOf } from './place.ts'

export type UnroutedEventsDeps = {
  readonly spool: Pick<Spool, 'append' | 'read' | 'removeBefore' | 'sources' | 'extent'>
  readonly layouts: Layouts
  readonly log: Pick<Log, 'append'>
  readonly schemas: Pick<SchemaSet, 'decodeEvent'>
  readonly limits: Pick<EventLimits, 'recordBytesMax' | 'recordEventsMax'>
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly onRetry: (attempt: number, error: unknown) => void
}

const BATCH_BYTES_MAX = 1 << 20
/** Between two looks whether more layouts are known. */
const LOOK_MS = 500
const RETRY: RetryPolicy = { baseMs: 100, capMs: 5_000 }

type StoredEvent = { readonly body: Uint8Array; readonly event: Event }

/** Why this release cannot read the record, if it cannot: a later one has written it, and it waits for that. */
function readEvents(
  { bytes }: LogRecord,
  schemas: Pick<SchemaSet, 'decodeEvent'>,
): readonly StoredEvent[] | string {
  const { events, brokeAt } = splitRecord(bytes)
  if (brokeAt !== null || events.length === 0) return 'its framing is unknown'
  const stored: StoredEvent[] = []
  for (const body of events) {
    const event = schemas.decodeEvent(body)
    if (typeof event === 'string') return event
    stored.push({ body, event })
  }
  return stored
}

function isUnknown(events: readonly StoredEvent[], unknownFrom: number): boolean {
  return events.some(({ event }) => minuteOf(event.timeMs) >= unknownFrom)
}

function unreadable({ offset }: LogRecord, fault: string): Error {
  return new Error(
    `The unrouted record ${offset} cannot be read (${fault}). It waits for a release that can.`,
  )
}

type Destination = { readonly lane: Lane; readonly partition: number; readonly builder: RecordBuilder }

export class UnroutedEvents {
  readonly #deps: UnroutedEventsDeps
  /** What waited at the last look is of this minute or later; unknown before the first one. */
  #routedToMinute = Number.NEGATIVE_INFINITY
  /** When that look began: what has come since was acknowledged later, epoch ms. */
  #lookedMs = Number.NEGATIVE_INFINITY
  #spooled = 0
  #refused = 0

  constructor(deps: UnroutedEventsDeps) {
    this.#deps = deps
  }

  /** Since the start: records that are not in the log yet, but in its spool. It rises before they are removed here. */
  get spooled(): number {
    return this.#spooled
  }

  /** Since the start: records that could not be kept here, so nowhere. */
  get refused(): number {
    return this.#refused
  }

  /** Whatever waits was acknowledged or happens at this time or later, epoch ms; Infinity where nothing does. */
  waitingFromMs(): number {
    const { oldestAtMs } = this.#deps.spool.extent()
    if (oldestAtMs === null) return Number.POSITIVE_INFINITY
    if (this.#deps.clock.nowMs() < this.#lookedMs) return oldestAtMs // the clock was set back since
    return Math.max(oldestAtMs, Math.min(this.#routedToMinute * MINUTE_MS, this.#lookedMs))
  }

  /** Resolves when the record is synced to disk. Fails as the spool does. */
  async append(lane: Lane, queue: number, bytes: Uint8Array): Promise<{ offset: number }> {
    try {
      await this.#deps.spool.append(lane, queue, bytes)
    } catch (error) {
      this.#refused++
      throw error
    }
    return { offset: SPOOLED_OFFSET }
  }

  /** Routes what is known, until aborted; the rest waits for the next start. */
  follow(signal: AbortSignal): Promise<void> {
    const work = () => this.#routeAll(signal)
    return repeatUntilAborted({ ...this.#deps, work, intervalMs: LOOK_MS, retry: RETRY }, signal)
  }

  /** Fails as the first queue that does, when the others are through. */
  async #routeAll(signal: AbortSignal): Promise<void> {
    const lookedMs = this.#deps.clock.nowMs()
    const knownTo = this.#deps.layouts.unknownFromMinute()
    const failures: unknown[] = []
    for (const source of this.#deps.spool.sources()) {
      try {
        while (!signal.aborted && (await this.#routeSome(source)));
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
    if (signal.aborted) return
    this.#routedToMinute = knownTo
    this.#lookedMs = lookedMs
  }

  /** Routes the oldest records of a queue up to the first whose layouts are not all known; false if there is none. */
  async #routeSome(source: Source): Promise<boolean> {
    const { spool, layouts } = this.#deps
    const lane = source.lane as FirstLane
    const current = layouts.current()
    const unknownFrom = layouts.unknownFromMinute()
    const destinations = new Map<string, Destination>()
    const appends: Promise<unknown>[] = []
    let routedTo: number | null = null
    for (const record of await spool.read(source, BATCH_BYTES_MAX)) {
      const events = readEvents(record, this.#deps.schemas)
      if (typeof events === 'string' && routedTo === null) throw unreadable(record, events)
      if (typeof events === 'string' || isUnknown(events, unknownFrom)) break
      this.#route(lane, events, current, destinations, appends)
      routedTo = record.offset + 1
    }
    if (routedTo === null) return false
    for (const destination of destinations.values()) appends.push(this.#send(destination))
    const ends = await Promise.allSettled(appends)
    const failure = ends.find((end) => end.status === 'rejected')
    if (failure !== undefined) throw failure.reason
    await spool.removeBefore(source, routedTo)
    return true
  }

  #route(
    lane: FirstLane,
    events: readonly StoredEvent[],
    layouts: readonly Layout[],
    destinations: Map<string, Destination>,
    appends: Promise<unknown>[],
  ): void {
    const { limits } = this.#deps
    for (const { body, event } of events) {
      const place = placeOf(lane, event, layouts)
      const key = `${place.lane} ${place.partition}`
      const destination = destinations.get(key) ?? { ...place, builder: new RecordBuilder() }
      destinations.set(key, destination)
      const { builder } = destination
      builder.addRaw(body)
      if (builder.byteLength < limits.recordBytesMax && builder.count < limits.recordEventsMax) continue
      appends.push(this.#send(destination))
      builder.reset()
    }
  }

  async #send({ lane, partition, builder }: Destination): Promise<void> {
    if (builder.count === 0) return
    const { offset } = await this.#deps.log.append(lane, partition, builder.finish())
    if (offset === SPOOLED_OFFSET) this.#spooled++
  }
}
