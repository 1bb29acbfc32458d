// The first videos of lists of which only bounds are known (threshold algorithm: Fagin, Lotem, Naor, 2003). Videos that
// may be among the first are read exactly, the most promising first, until the last one of the list beats all that
// any other video may have. Then the list is proven to be exact.
import { mapBounded } from '../../../lib/map-bounded.ts'
import type { TopCounts } from '../../../stores/tops/tops.ts'
import { best } from './best.ts'
import type { Ranked, Ranking } from './ranking.ts'

export type TopWindows = { readonly now: TopCounts; readonly before: TopCounts | null }

/** The exact counts of a video, now and in the window before; the second does not matter where there is none. */
export type ReadExactly = (videoId: string) => Promise<readonly [count: number, previous: number]>

export type ProvenTop = {
  readonly videos: readonly Ranked[]
  readonly isProven: boolean
  /** How much too low a count may be, at most, also that of a video that is missing. 0 if proven. */
  readonly bound: number
}

/** Exact reads for one list, beside one for each of its places. */
const READS_MAX = 200
const READS_AT_ONCE = 16

/** A video of which only bounds are known. */
type Candidate = { readonly videoId: string; readonly most: Ranked; readonly least: Ranked | null }

/** `read`: null where no read could prove anything. */
export async function provenTop(
  windows: TopWindows,
  ranking: Ranking,
  limit: number,
  read: ReadExactly | null,
): Promise<ProvenTop> {
  const { rank, compare } = ranking
  const { exact, open } = candidatesOf(windows, rank)
  const readsMax = read === null ? 0 : limit + READS_MAX
  const promising = best(open, readsMax, (a, b) => compare(a.most, b.most))
  const done = new Set<string>()
  let first = best(exact, limit, compare)
  const isBeaten = (most: Ranked) => first.length === limit && compare(first[limit - 1]!, most) < 0
  while (read !== null && done.size < promising.length && !isBeaten(promising[done.size]!.most)) {
    const some = promising.slice(done.size, done.size + READS_AT_ONCE)
    const videos = await mapBounded(some, READS_AT_ONCE, async ({ videoId }) =>
      rank(videoId, ...(await read(videoId))),
    )
    for (const { videoId } of some) done.add(videoId)
    first = best([...first, ...videos.filter((video) => video !== null)], limit, compare)
  }
  const unread = open.filter(({ videoId }) => !done.has(videoId))
  const unseen = rank('', windows.now.bound, 0) // no name comes before it, so it wins every tie
  const isProven = unread.every(({ most }) => isBeaten(most)) && (unseen === null || isBeaten(unseen))
  if (isProven) return { videos: first, isProven, bound: 0 }
  const known = unread.flatMap(({ least }) => least ?? [])
  return { videos: best([...first, ...known], limit, compare), isProven, bound: boundOf(windows, unread) }
}

function candidatesOf({ now, before }: TopWindows, rank: Ranking['rank']) {
  const exact: Ranked[] = []
  const open: Candidate[] = []
  for (const [videoId, count] of now.counts) {
    const previous = before?.counts.get(videoId) ?? 0
    const most = rank(videoId, count + (now.slacks.get(videoId) ?? 0), previous)
    if (most === null) continue
    const previousMost = previous + slackOf(before, videoId)
    if (!now.slacks.has(videoId) && previousMost === previous) exact.push(most)
    else open.push({ videoId, most, least: rank(videoId, count, previousMost) })
  }
  return { exact, open }
}

function slackOf(counts: TopCounts | null, videoId: string): number {
  if (counts === null) return 0
  return counts.counts.has(videoId) ? (counts.slacks.get(videoId) ?? 0) : counts.bound
}

function boundOf({ now, before }: TopWindows, unread: readonly Candidate[]): number {
  const slacks = unread.map(({ videoId }) => Math.max(slackOf(now, videoId), slackOf(before, videoId)))
  return slacks.reduce((a, b) => Math.max(a, b), Math.max(now.bound, before?.bound ?? 0))
}
