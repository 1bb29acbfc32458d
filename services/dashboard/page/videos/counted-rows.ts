// The rows of a list of videos, and what is said of their counts: of which span they are, and how old. Pure.
import { clockText, wholeText } from '../format.ts'
import { type CountedVideos, type ListedVideo, NOTHING_COUNTED } from './video-list.ts'
import type { Row } from './video-order.ts'

export type CountsNote = {
  readonly rangeName: string
  readonly asOf: string | null
  /** They could not be counted again. */
  readonly isLost: boolean
  /** How many videos are listed if there are more; else null. */
  readonly listed: number | null
  /** These are the most counted ones, and not the first by id. */
  readonly areMost: boolean
}

/** `asked` were counted just now; the others stay as they are known. */
export function countedRows(
  videos: readonly ListedVideo[],
  asked: ReadonlySet<string>,
  { counts, asOf }: CountedVideos,
  known: readonly Row[],
): readonly Row[] {
  const knownById = new Map(known.map((row) => [row.videoId, row]))
  return videos.map((video) => {
    const { videoId } = video
    const row = asked.has(videoId) ? undefined : knownById.get(videoId)
    return row ?? { ...(counts.get(videoId) ?? NOTHING_COUNTED), asOf, ...textsOf(video) }
  })
}

/** Null if that of one row is not known. */
export function oldestOf(rows: readonly Row[]): string | null {
  const moments = rows.map(({ asOf }) => asOf)
  return moments.includes(null) ? null : (moments.sort()[0] ?? null)
}

export function noteText({ rangeName, asOf, isLost, listed, areMost }: CountsNote): string {
  return [
    isLost && 'Connection lost. Retrying…',
    `Counts: ${rangeName}.`,
    asOf !== null && `As of ${clockText(Date.parse(asOf))}.`,
    listed !== null &&
      `Listed are the ${areMost ? 'highest' : 'first'} ${wholeText(listed)}: find others by the search.`,
  ]
    .filter((part) => part !== false)
    .join(' ')
}

function textsOf({ videoId, title, channel, published }: ListedVideo) {
  const publishedMs = typeof published === 'string' ? Date.parse(published) : null
  return { videoId, title: title ?? videoId, channel: channel ?? null, publishedMs }
}
