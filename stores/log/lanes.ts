// The lanes of a log, and the errors that all forms of it share. Pure.
import { type Lane, LogError, type Source } from './log.ts'

/** Ids of sources depend on their order, also in existing logs: new lanes come last. */
export const LANES: readonly Lane[] = ['events', 'events-late', 'events-dead', 'events-overflow']

/** Dead letters are few and hold their source's name themselves: one partition holds them all. */
export function partitionsOf(lane: Lane, partitions: number): number {
  return lane === 'events-dead' ? 1 : partitions
}

/**
 * The source of a partition. `incarnation` (8 hex digits) is that of the first lane; the other lanes use the numbers
 * after it, so that no two lanes share an id.
 */
export function sourceOf(incarnation: string, lane: Lane, partition: number): Source {
  const laneIncarnation = (Number.parseInt(incarnation, 16) + LANES.indexOf(lane)) >>> 0
  return { lane, partition, id: `${laneIncarnation.toString(16).padStart(8, '0')}-${partition}` }
}

export function unknownPartition(lane: Lane, partition: number): LogError {
  return new LogError('unknown_partition', `The log has no partition ${partition} in lane ${lane}.`)
}

export function unknownSource({ lane, partition, id }: Source): LogError {
  const message = `Source ${id} is not ${lane} partition ${partition} of this log.`
  return new LogError('unknown_partition', message)
}

export function outOfRange(source: Source, offset: number, start: number, end: number): LogError {
  const message = `Offset ${offset} of ${source.lane} ${source.id} is not held, but ${start} to ${end}.`
  return new LogError('offset_out_of_range', message)
}

export function closedLog(): LogError {
  return new LogError('closed', 'The log is closed.')
}
