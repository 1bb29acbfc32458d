// How many viewers watch a video now. Best effort and approximate: nothing is stored durably, and nothing depends on
// it.

/** Heartbeats are grouped into points in time of this length. */
export const VIEWER_POINT_MS = 5_000
/** A viewer counts as present after a heartbeat in the current point or in this many before it. */
export const VIEWER_POINTS = 3

/** The number of the point in time. */
export function viewerPointOf(timeMs: number): number {
  return Math.floor(timeMs / VIEWER_POINT_MS)
}

export interface Viewers {
  /** Records a heartbeat. Repeated, it counts once. Rejects if it could not be recorded; callers may ignore that. */
  beat(tenant: string, videoId: string, viewerId: string): Promise<void>
  /** About how many different viewers sent a heartbeat recently. Rejects if this is unknown. */
  count(tenant: string, videoId: string): Promise<number>
  /** The same of all videos together: who watches several counts once. */
  countAll(tenant: string): Promise<number>
}
