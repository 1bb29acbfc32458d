// Regroups the batches of a recount into whole series of whole hours, wherever the batches were cut. Pure.
import { hourOf, type Series } from '../../../model/bucket.ts'
import type { RecountedBucket } from '../../../stores/archive/archive.ts'

/** All buckets of a series in an hour. */
export type HourGroup = {
  readonly hour: number
  readonly series: Series
  readonly buckets: readonly RecountedBucket[]
}

export async function* hourGroups(
  lots: AsyncIterable<readonly RecountedBucket[]>,
): AsyncGenerator<readonly HourGroup[]> {
  let open: RecountedBucket[] = []
  for await (const lot of lots) {
    const groups: HourGroup[] = []
    for (const recounted of lot) {
      if (open.length > 0 && !isSameGroup(open[0]!, recounted)) {
        groups.push(groupOf(open))
        open = []
      }
      open.push(recounted)
    }
    if (groups.length > 0) yield groups
  }
  if (open.length > 0) yield [groupOf(open)]
}

function groupOf(buckets: readonly RecountedBucket[]): HourGroup {
  const { tenant, videoId, type, minute } = buckets[0]!.bucket
  return { hour: hourOf(minute), series: { tenant, videoId, type }, buckets }
}

function isSameGroup({ bucket: a }: RecountedBucket, { bucket: b }: RecountedBucket): boolean {
  return (
    hourOf(a.minute) === hourOf(b.minute) &&
    a.type === b.type &&
    a.videoId === b.videoId &&
    a.tenant === b.tenant
  )
}
