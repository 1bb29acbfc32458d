// The extent of a partition of the open log, in memory, and the search in it.

import { LANES, outOfRange, partitionsOf, sourceOf } from '../lanes.ts'
import type { Source } from '../log.ts'
import type { RecordStore } from './record-store.ts'
import type { End, Identity, StoredRecord } from './records.ts'

export type Partition = { readonly source: Source; startOffset: number; end: End }

export const EMPTY_EXTENT = { startOffset: 0, end: { offset: 0, position: 0, logTimeMs: 0 } }

/** The partitions of each lane, in the order of LANES. */
export async function loadPartitions(store: RecordStore, identity: Identity): Promise<Partition[][]> {
  const lanes: Partition[][] = []
  for (const lane of LANES) {
    const partitions: Partition[] = []
    for (let partition = 0; partition < partitionsOf(lane, identity.partitions); partition++) {
      const source = sourceOf(identity.incarnation, lane, partition)
      partitions.push({ source, ...(await store.extent(source)) })
    }
    lanes.push(partitions)
  }
  return lanes
}

/** Throws `offset_out_of_range` unless the offset is held or is the next one. */
export function refuseOutOfRange({ source, startOffset, end }: Partition, offset: number): void {
  if (offset >= startOffset && offset <= end.offset) return
  throw outOfRange(source, offset, startOffset, end.offset)
}

/**
 * Binary search: the first offset whose record meets the condition, if all after it do too; the end offset if none
 * does.
 */
export async function firstOffset(
  partition: Partition,
  recordAt: (source: Source, offset: number) => Promise<StoredRecord>,
  holds: (record: StoredRecord) => boolean,
): Promise<number> {
  let low = partition.startOffset
  let high = partition.end.offset
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const record = await recordAt(partition.source, middle).catch((error) => {
      if (middle < partition.startOffset) return null // retention has removed it meanwhile
      throw error
    })
    if (record !== null && holds(record)) high = middle
    else low = middle + 1
  }
  return Math.max(low, partition.startOffset)
}
