// What our reader finds in the tables after a run, whoever wrote the rows.
import { mapBounded } from '../../lib/map-bounded.ts'
import type { CountReader } from '../../stores/counts/counts.ts'
import type { RunCounts } from './contenders/ports.ts'
import { bucketName, parseBucketName, type Truth } from './reference-counts.ts'

const READS_AT_ONCE = 64
/** Minutes before and after those of the truth, in which nothing may be. */
const AROUND = 60

export async function storedCounts(runCounts: RunCounts, truth: Truth): Promise<Map<string, number>> {
  const { counts, close } = await runCounts.open()
  try {
    return await countsOf(counts, truth)
  } finally {
    await close()
  }
}

/** Of every series of the truth. */
async function countsOf(reader: CountReader, truth: Truth): Promise<Map<string, number>> {
  const buckets = Array.from(truth.keys(), parseBucketName)
  const minutes = Array.from(new Set(buckets.map(({ minute }) => minute)))
  const range = {
    resolution: 'minute',
    from: Math.min(...minutes) - AROUND,
    to: Math.max(...minutes) + AROUND,
  } as const
  const series = new Map(
    buckets.map(({ videoId, type }) => [bucketName(videoId, type, 0), { videoId, type }]),
  )
  const answers = await mapBounded(Array.from(series.values()), READS_AT_ONCE, async ({ videoId, type }) => {
    const { periods } = await reader.read({ tenant: '', videoId, type }, range)
    return periods.map(({ start, aggregate }) => [bucketName(videoId, type, start), aggregate.count] as const)
  })
  return new Map(answers.flat())
}
