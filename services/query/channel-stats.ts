// One number about all videos of a channel together: the sum of their counts, read as if they were one video.
import { mapBounded } from '../../lib/map-bounded.ts'
import type { Series } from '../../model/bucket.ts'
import type { CountReader, Period, PeriodRange } from '../../stores/counts/counts.ts'
import type { CountDeps } from './deps.ts'
import type { TotalQuestion } from './question/questions.ts'
import { oldestOf } from './read/age.ts'
import { firstMinuteOf } from './read/empty-past.ts'
import { getStats, type TotalAnswer } from './stats.ts'

const VIDEOS_IN_FLIGHT_MAX = 16

export type ChannelAnswer = { readonly channelId: string } & TotalAnswer

/** Fails with ProblemError: `invalid-request`, `store-unavailable`. */
export async function getChannelStats(
  deps: CountDeps,
  tenant: string,
  {
    channelId,
    videoIds,
    ...question
  }: TotalQuestion & {
    readonly channelId: string
    readonly videoIds: readonly string[]
  },
): Promise<ChannelAnswer> {
  const counts = new SumOfVideos(deps.counts, videoIds)
  const { videoId: _, ...answer } = await getStats({ ...deps, counts }, tenant, {
    ...question,
    videoId: channelId,
  })
  return { channelId, ...answer }
}

/** Reads several videos as one. */
class SumOfVideos implements CountReader {
  readonly #counts: CountReader
  readonly #videoIds: readonly string[]

  constructor(counts: CountReader, videoIds: readonly string[]) {
    this.#counts = counts
    this.#videoIds = videoIds
  }

  /** A period comes once for each video that has it. */
  async read({ tenant, type }: Series, range: PeriodRange) {
    const periods: Period[] = []
    const readings = await mapBounded(this.#videoIds, VIDEOS_IN_FLIGHT_MAX, async (videoId) => {
      const { periods: some, ...age } = await this.#counts.read({ tenant, videoId, type }, range)
      periods.push(...some)
      return age
    })
    const { stale, asOfMs } = oldestOf(readings)
    return {
      periods: periods.sort((a, b) => a.start - b.start),
      stale,
      ...(Number.isFinite(asOfMs) && { asOfMs }),
    }
  }

  /** Types of a channel are not listed. */
  async types(): Promise<readonly string[]> {
    return []
  }

  firstMinute({ tenant, type }: Series): Promise<number | null> {
    const series = this.#videoIds.map((videoId) => ({ tenant, videoId, type }))
    return firstMinuteOf(this.#counts, series)
  }
}
