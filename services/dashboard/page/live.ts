// Follows the count of one video: by server push if available, otherwise by polling every other second.
import { ApiError, ask, askJson, type Stats, type VideoInfo } from './api.ts'
import { streamEvents } from './event-stream.ts'
import { countAddress } from './first-questions.ts'
import { pause } from './repeat.ts'

export type LiveCount = {
  readonly count: number
  /** Null if unknown. */
  readonly viewers: number | null
  readonly pushed: boolean
  /** What is known of the video; undefined if that was not said. */
  readonly video: VideoInfo | undefined
}

const POLL_MS = 2_000

/** Runs until the signal is aborted. `onLost` gets the reason if updates stop; it keeps retrying. */
export async function followCount(
  videoId: string,
  eventType: string,
  onCount: (count: LiveCount) => void,
  onLost: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  let pushes = true
  while (!signal.aborted) {
    try {
      onCount(await polled(videoId, eventType, signal))
      if (pushes) await pushed(videoId, eventType, onCount, signal)
    } catch (error) {
      if (signal.aborted) return
      if (pushes && error instanceof ApiError && error.isAbsent) pushes = false
      else onLost(error)
    }
    await pause(POLL_MS, signal)
  }
}

async function polled(videoId: string, eventType: string, signal: AbortSignal): Promise<LiveCount> {
  const { value, video } = await askJson<Stats>(countAddress(videoId, eventType), signal)
  return { count: value ?? 0, viewers: null, pushed: false, video }
}

/** Ends when the server ends the stream. */
async function pushed(
  videoId: string,
  eventType: string,
  onCount: (count: LiveCount) => void,
  signal: AbortSignal,
): Promise<void> {
  const path = `v1/live?${new URLSearchParams({ videoId, eventType })}`
  const { body } = await ask(path, { headers: { accept: 'text/event-stream' }, cache: 'no-store' }, signal)
  for await (const { event, data } of streamEvents(body as unknown as AsyncIterable<Uint8Array>)) {
    if (event !== 'counts') continue
    const counts = JSON.parse(data)
    for (const one of [counts].flat()) {
      if (one.videoId !== videoId || one.eventType !== eventType) continue
      onCount({
        count: one.count,
        viewers: one.viewers ?? null,
        pushed: true,
        video: undefined,
      })
    }
  }
}
