// Waits until all titles are applied that the topic held when it began, and helps with it.
import type { Clock } from '../../lib/clock.ts'
import type { TitleFollower } from './title-follower.ts'

const LOOK_MS = 1_000
/** In a row, without any record that is applied in between. */
const ATTEMPTS_MAX = 20

/** Fails as the servers do that stay away: what is applied stays applied, so it can be called again. */
export async function untilApplied(
  follower: Pick<TitleFollower, 'step' | 'behind' | 'isCurrent' | 'release'>,
  clock: Clock,
  onProgress: (recordsLeft: number) => void,
): Promise<void> {
  const enough = new AbortController()
  let failed = 0
  const tell = (recordsLeft: number) => {
    failed = 0
    onProgress(recordsLeft)
    if (follower.isCurrent) enough.abort() // others may change titles without a pause
  }
  try {
    for (;;) {
      try {
        await follower.step(enough.signal, tell)
        onProgress(follower.behind ?? 0)
      } catch (error) {
        failed++
        if (failed === ATTEMPTS_MAX) throw error
      }
      if (follower.isCurrent) return
      await clock.sleep(LOOK_MS)
    }
  } finally {
    await follower.release()
  }
}
