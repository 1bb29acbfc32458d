// Follows the count of one video: pushed by the server where it pushes, otherwise asked for every other second.
import { ApiError, ask, askStats } from './api.ts'
import { streamEvents } from './event-stream.ts'
import { pause } from './repeat.ts'

export type LiveCount = {
  readonly count: number
  /** Null where nobody tells. */
  readonly viewers: number | null
  readonly pushed: boolean
}

const POLL_MS = 2_000

/** Until the signal is aborted. `onLost` hears why nothing new comes; it goes on trying. */
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
  const { value } = await askStats(videoId, eventType, 'count', null, null, signal)
  return { count: value ?? 0, viewers: null, pushed: false }
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
    const told = JSON.parse(data)
    for (const one of [told].flat()) {
      if (one.videoId !== videoId || one.eventType !== eventType) continue
      onCount({
        count: one.count,
        viewers: one.viewers ?? null,
        pushed: true,
      })
    }
  }
}
