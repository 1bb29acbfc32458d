// What the lists of both forms may hold.

export type TopLimits = {
  /** What all lists may take. */
  readonly bytesMax: number
  /** Videos of one source in one minute. */
  readonly openVideosMax: number
  /** Videos of a minute that the batch layer corrects. */
  readonly correctionsMax: number
  /** Videos of a closed minute and of a closed hour. */
  readonly minuteVideosMax: number
  readonly hourVideosMax: number
  /** What an hour keeps in the end, before it goes as a whole. */
  readonly hourVideosLeast: number
}

export function topLimits(bytesMax: number): TopLimits {
  return {
    bytesMax,
    openVideosMax: 10_000,
    correctionsMax: 100,
    minuteVideosMax: 20_000,
    hourVideosMax: 10_000,
    hourVideosLeast: 150,
  }
}

/** From this share of the bytes on, an open list grows no more … */
export const FULL_SHARE = 0.9
/** … beyond so many videos. At all the bytes, no list is opened. */
export const FULL_VIDEOS = 8
