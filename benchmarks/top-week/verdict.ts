// Whether the answer to a question for a top list is what it says of itself, beside the truth. Pure.
import { isDeepStrictEqual } from 'node:util'
import type { Ranked } from '../../services/query/tops/ranking.ts'

export type Listed = {
  readonly videos: readonly Ranked[]
  readonly meta: { readonly exact: boolean; readonly bound?: number }
}

export type Truth = {
  readonly top: readonly Ranked[]
  readonly limit: number
  readonly countOf: (videoId: string) => number
  /** Null where lists are not ranked beside the window before. */
  readonly previousOf: ((videoId: string) => number) | null
}

/** `lost`: the list says that rows are missing. */
export type Verdict = 'exact' | 'bounded' | 'lost' | 'wrong'

export function verdictOf({ videos, meta }: Listed, truth: Truth): Verdict {
  if (meta.exact) return isDeepStrictEqual(videos, truth.top) ? 'exact' : 'wrong'
  if (meta.bound === undefined) return 'lost'
  const { bound } = meta
  const isListedRight = videos.every(({ videoId, count, previous }) => {
    const isRight = isWithin(truth.countOf(videoId), count, count + bound)
    if (truth.previousOf === null) return isRight
    return isRight && isWithin(truth.previousOf(videoId), previous! - bound, previous!)
  })
  return isListedRight && (truth.previousOf !== null || isMissingRight(videos, bound, truth))
    ? 'bounded'
    : 'wrong'
}

/** No video that is missing may have more than the last one that is listed, and the bound. */
function isMissingRight(videos: readonly Ranked[], bound: number, { top, limit }: Truth): boolean {
  const listed = new Set(videos.map(({ videoId }) => videoId))
  const least = videos.length < limit ? 0 : videos.at(-1)!.count
  return top.every(({ videoId, count }) => listed.has(videoId) || count <= least + bound)
}

function isWithin(value: number, least: number, most: number): boolean {
  return least <= value && value <= most
}
