// The log: partitioned, append-only, durable. Producers see `append`; owners of a source see `read`.
import type { Carried } from '../../lib/traceparents.ts'

/**
 * Where a record goes: accepted in time, accepted late, set aside as a dead letter, or accepted in time in minutes
 * whose layout sends everything past an overloaded stream.
 */
export type Lane = 'events' | 'events-late' | 'events-dead' | 'events-overflow'

/** The lanes that the stream counts. */
export const COUNTED_LANES: readonly Lane[] = ['events', 'events-overflow']

/** The lanes that hold events, and so are archived. */
export const EVENT_LANES: readonly Lane[] = [...COUNTED_LANES, 'events-late']

export type Source = {
  readonly lane: Lane
  readonly partition: number
  /** `<incarnation>-<partition>`: changes when the topic is made anew, so that offsets are never confused. */
  readonly id: string
}

export type SourceEnd = {
  readonly source: Source
  /** The offset after its last record. */
  readonly endOffset: number
}

/** What it carries beside its bytes is no part of it: it may be lost, and nothing that is counted depends on it. */
export type LogRecord = Carried & {
  readonly offset: number
  /** When the log appended it, epoch ms: a fact of the log. May step back a little where a cluster's clocks differ. */
  readonly logTimeMs: number
  readonly bytes: Uint8Array
}

export type LogSlice = {
  readonly records: readonly LogRecord[]
  /** The offset after the last record that the source held when it was read. */
  readonly endOffset: number
}

export type ReadLimit = {
  /** Stop after the record that reaches this; at least one record is returned where there is one. */
  readonly bytesMax: number
  /** How long to wait for a first record; an empty slice comes back after that. */
  readonly waitMs: number
}

export type LogErrorCode = 'unavailable' | 'offset_out_of_range' | 'unknown_partition' | 'corrupt' | 'closed'

export class LogError extends Error {
  readonly code: LogErrorCode
  /**
   * Certificates, credentials or rights are wrong: a start gives up. Whatever runs tries again, because an operator may
   * put it right.
   */
  readonly isRefusal: boolean
  constructor(code: LogErrorCode, message: string, options?: ErrorOptions & { isRefusal?: boolean }) {
    super(message, options)
    this.name = 'LogError'
    this.code = code
    this.isRefusal = options?.isRefusal ?? false
  }
}

/** Whether the log is away for now. Other faults would hit the record later as well, so its sender must be told. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof LogError && error.code === 'unavailable'
}

export interface Log {
  /**
   * Appends one record and resolves when it is durable (law 8). After a rejection the outcome is unknown: it may be
   * in the log. Concurrent appends to all partitions share one sync where the form of the log allows it. An offset of
   * -1 means: durable outside the log, and appended to it later; its offset is not known yet. `carried` is what whoever
   * reads the record soon gets beside it.
   */
  append(lane: Lane, partition: number, bytes: Uint8Array, carried?: Carried): Promise<{ offset: number }>
  /** The partitions of a lane as they are now, by partition number. */
  sources(lane: Lane): Promise<readonly Source[]>
  /**
   * Records from `fromOffset` on, in order. Offsets rise but may have gaps. Fails with `offset_out_of_range` when
   * `fromOffset` lies before the first record held or after the end: it never skips to another place by itself.
   */
  read(source: Source, fromOffset: number, limit: ReadLimit): Promise<LogSlice>
  /** First offset held and the offset after the last; equal when the source holds nothing. */
  bounds(source: Source): Promise<{ startOffset: number; endOffset: number }>
  /** The sources of a lane as they are now, and their ends, in as few requests as the form of the log allows. */
  ends(lane: Lane): Promise<readonly SourceEnd[]>
  /** The first offset whose log time is at or after `timeMs`; the end offset where there is none. */
  offsetForTime(source: Source, timeMs: number): Promise<number>
}

/** The sources of some lanes, lane by lane. Fails as `sources` does. */
export async function sourcesOf(
  log: Pick<Log, 'sources'>,
  lanes: readonly Lane[],
): Promise<readonly Source[]> {
  return (await Promise.all(lanes.map((lane) => log.sources(lane)))).flat()
}
