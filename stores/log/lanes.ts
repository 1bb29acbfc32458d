// The lanes of a log and the faults that every form of it names alike. Pure.
import { type Lane, LogError, type Source } from './log.ts'

/** Their order names sources, also those of logs that exist: new ones come last. */
export const LANES: readonly Lane[] = ['events', 'events-late', 'events-dead', 'events-overflow']

/** Dead letters are few and keep their source's name inside: one partition holds them all. */
export function partitionsOf(lane: Lane, partitions: number): number {
  return lane === 'events-dead' ? 1 : partitions
}

/**
 * Names a partition. `incarnation` (8 hex digits) is that of the first lane; the others count on from it, so
 * that no two lanes share an id.
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
