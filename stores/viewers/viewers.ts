// How many watch a video now. Best effort and approximate by nature: nothing is kept, and nothing depends on it.

/** Heartbeats are gathered in points of this length. */
export const VIEWER_POINT_MS = 5_000
/** Whoever gave a sign of life in the current point or the others of these is there. */
export const VIEWER_POINTS = 3

export interface Viewers {
  /** A sign of life. Repeated, it counts once. Rejected where it could not be noted: let it go. */
  beat(tenant: string, videoId: string, viewerId: string): Promise<void>
  /** About how many different viewers gave a sign of life lately. Rejected where nobody can tell. */
  count(tenant: string, videoId: string): Promise<number>
}
