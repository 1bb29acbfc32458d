// Gathers the events of all requests into one record per lane and partition, and appends the records: a
// request is done when every record that holds one of its events is durable (law 8). Knows nothing of HTTP;
// its only time is the Clock, so that a simulator can drive it.

import type { Clock } from '../../lib/clock.ts'
import { type Carried, TRACEPARENTS_MAX } from '../../lib/traceparents.ts'
import type { Traces } from '../../lib/traces.ts'
import type { Event } from '../../model/event.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import type { Lane, Log } from '../../stores/log/log.ts'
import type { EventLimits } from './limits.ts'
import { type Waiting, waitsOn } from './linger-policy.ts'
import type { EventMetrics } from './partitioner-metrics.ts'

export type GatherErrorCode = 'append_failed' | 'closed'

export class GatherError extends Error {
  readonly code: GatherErrorCode
  constructor(code: GatherErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GatherError'
    this.code = code
  }
}

type Place = { readonly lane: Lane; readonly partition: number }

export type PlacedEvent = Place & { readonly event: Event }

/** Some events of one place, as a record of their own. */
export type PlacedRecord = Place & { readonly record: Uint8Array }

/** Of one request, records that carry that traces tell of it: it may have events in all partitions. */
const RECORDS_TRACED_MAX = 4

export type GatherOptions = {
  readonly log: Pick<Log, 'append'>
  readonly clock: Clock
  readonly limits: Pick<EventLimits, 'lingerMs' | 'lingerMsMax' | 'recordBytesMax' | 'recordEventsMax'>
  readonly metrics: EventMetrics
  /** Missing: nothing is sampled. */
  readonly traces?: Pick<Traces, 'traceparent'>
}

type Outcome = PromiseWithResolvers<void>

/** A finished record and the requests that wait for it. */
type Sealed = {
  readonly bytes: Buffer
  readonly events: number
  readonly carried: Carried | undefined
  readonly stored: Outcome
}

/** One partition of a lane. At most one of its records is being appended; meanwhile the next one is filled. */
type Queue = {
  readonly lane: Lane
  readonly partition: number
  /** The record that is being filled, and the promise of its requests; null while it is empty. */
  readonly builder: RecordBuilder
  stored: Outcome | null
  /** Of its requests, those that are sampled. */
  traceparents: string[]
  /** It has waited long enough and is appended as soon as the previous record is. */
  isDue: boolean
  readonly full: Sealed[]
  appending: Promise<void> | null
}

export class Gather {
  readonly #options: GatherOptions
  readonly #queues: Queue[] = []
  readonly #queuesByPlace = new Map<Lane, Queue[]>()
  /** Requests so far. */
  #requests = 0
  #isLingering = false
  #isClosed = false

  constructor(options: GatherOptions) {
    this.#options = options
  }

  /**
   * Resolves when all the events are durable. Fails with a GatherError: `append_failed` where a record was
   * not confirmed (each of the events may or may not be in the log; sending them again is safe), `closed`
   * (none is).
   */
  store(events: readonly PlacedEvent[]): Promise<void> {
    return this.#store(events, addEvent)
  }

  /** The same for events that are encoded already: they join those of others in larger records. */
  storeRecords(records: readonly PlacedRecord[]): Promise<void> {
    return this.#store(records, addRecord)
  }

  async #store<T extends Place>(
    all: readonly T[],
    put: (builder: RecordBuilder, one: T) => void,
  ): Promise<void> {
    if (this.#isClosed) throw new GatherError('closed', 'No more events are taken.')
    const records = new Set<Promise<void>>()
    let last: Promise<void> | null = null
    const traceparent = this.#options.traces?.traceparent() ?? null
    for (const one of all) {
      const queue = this.#queueOf(one.lane, one.partition)
      put(queue.builder, one)
      const record = this.#added(queue, records.size < RECORDS_TRACED_MAX ? traceparent : null)
      if (record !== last) records.add(record)
      last = record
    }
    this.#requests++
    this.#linger()
    // All of them, even after a failure: until then the request's bytes are in flight.
    const ends = await Promise.allSettled(records)
    const failure = ends.find((end) => end.status === 'rejected')
    if (failure === undefined) return
    throw new GatherError('append_failed', 'The log did not confirm a record.', { cause: failure.reason })
  }

  /** Accepts no more events, and resolves when all accepted ones are stored or have failed. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#flush()
    await Promise.all(this.#queues.map((queue) => queue.appending))
  }

  #queueOf(lane: Lane, partition: number): Queue {
    const queues = this.#queuesByPlace.get(lane) ?? []
    const known = queues[partition]
    if (known !== undefined) return known
    const queue = newQueue(lane, partition)
    queues[partition] = queue
    this.#queuesByPlace.set(lane, queues)
    this.#queues.push(queue)
    return queue
  }

  /** The promise of the record that was added to. */
  #added(queue: Queue, traceparent: string | null): Promise<void> {
    const { recordBytesMax, recordEventsMax } = this.#options.limits
    queue.stored ??= Promise.withResolvers<void>()
    const { promise } = queue.stored
    if (traceparent !== null) carry(queue.traceparents, traceparent)
    if (queue.builder.byteLength >= recordBytesMax || queue.builder.count >= recordEventsMax) {
      queue.full.push(seal(queue, queue.stored))
      this.#wake(queue)
    }
    return promise
  }

  /** One timer for all partitions: their records go at the same moment and can share one sync of the log. */
  async #linger(): Promise<void> {
    if (this.#isLingering) return
    this.#isLingering = true
    const { clock, limits } = this.#options
    const startMs = clock.nowMs()
    let sleptMs = 0
    let waiting: Waiting
    do {
      const requests = this.#requests
      await clock.sleep(limits.lingerMs)
      sleptMs += limits.lingerMs
      const waitedMs = Math.max(sleptMs, clock.nowMs() - startMs) // a sleep may be late, and a clock be put back
      waiting = { waitedMs, ...this.#waiting(), hasMore: this.#requests > requests }
    } while (!this.#isClosed && waitsOn(waiting, limits))
    this.#isLingering = false
    this.#flush()
  }

  #waiting(): Pick<Waiting, 'records' | 'events'> {
    let records = 0
    let events = 0
    for (const { stored, builder } of this.#queues) {
      if (stored === null) continue
      records++
      events += builder.count
    }
    return { records, events }
  }

  #flush(): void {
    for (const queue of this.#queues) {
      if (queue.stored === null) continue
      queue.isDue = true
      this.#wake(queue)
    }
  }

  #wake(queue: Queue): void {
    queue.appending ??= this.#appendAll(queue)
  }

  async #appendAll(queue: Queue): Promise<void> {
    for (let next = takeReady(queue); next !== null; next = takeReady(queue)) await this.#append(queue, next)
    queue.appending = null
  }

  async #append({ lane, partition }: Queue, { bytes, events, carried, stored }: Sealed): Promise<void> {
    const { log, clock, metrics } = this.#options
    const startMs = clock.nowMs()
    try {
      await log.append(lane, partition, bytes, carried)
      metrics.appended(lane, events, clock.nowMs() - startMs)
      stored.resolve()
    } catch (error) {
      metrics.appendFailed(lane)
      stored.reject(error)
    }
  }
}

function addEvent(builder: RecordBuilder, { event }: PlacedEvent): void {
  builder.add(event)
}

function addRecord(builder: RecordBuilder, { record }: PlacedRecord): void {
  builder.addRecord(record)
}

function newQueue(lane: Lane, partition: number): Queue {
  return {
    lane,
    partition,
    builder: new RecordBuilder(),
    stored: null,
    traceparents: [],
    isDue: false,
    full: [],
    appending: null,
  }
}

/** The events of a request come one after the other. */
function carry(traceparents: string[], one: string): void {
  if (traceparents.length < TRACEPARENTS_MAX && traceparents.at(-1) !== one) traceparents.push(one)
}

function takeReady(queue: Queue): Sealed | null {
  const full = queue.full.shift()
  if (full !== undefined) return full
  return queue.isDue && queue.stored !== null ? seal(queue, queue.stored) : null
}

/** Finishes the current record and begins an empty one. */
function seal(queue: Queue, stored: Outcome): Sealed {
  const { builder, traceparents } = queue
  const carried = traceparents.length > 0 ? { traceparents } : undefined
  const sealed = { bytes: builder.finish(), events: builder.count, carried, stored }
  builder.reset()
  queue.stored = null
  if (carried !== undefined) queue.traceparents = []
  queue.isDue = false
  return sealed
}
