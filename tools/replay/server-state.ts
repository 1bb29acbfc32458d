// Checks of the server around a run: is the range empty before, and is everything counted after?
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../lib/fault.ts'
import type { Client, Stats } from '../../sdk/src/index.ts'
import type { Range } from './compare.ts'
import type { Truth } from './file-counts.ts'

const POLL_MS = 50
const VISIBLE_TIMEOUT_MS = 120_000
/** A few of the videos suffice to detect a server that was used before. */
const VIDEOS_ASKED_MAX = 50

/** Fails with a Fault where the range already holds counts: then no comparison could be right. */
export async function requireEmpty(
  client: Client,
  truth: Truth,
  range: Range,
  prefix: string,
  signal: AbortSignal,
): Promise<void> {
  for (const videoId of truth.videos.keys().take(VIDEOS_ASKED_MAX)) {
    const { types } = await client.getSummary(prefix + videoId, range.fromMs, range.toMs, { signal })
    const counted = Object.entries(types).find(([, values]) => values.count !== 0)
    if (counted === undefined) continue
    throw new Fault(
      `The server already holds ${counted[1].count} events of type ${counted[0]} ` +
        `for video ${prefix + videoId} in this range, ` +
        'so the comparison would fail: use --prefix, or a server with no data.',
    )
  }
}

/**
 * Asks until the answer holds every event acknowledged by `lastAckMs`: several processes may answer at one address, and
 * each knows for itself how far counting has come. Fails with a Fault where it takes too long.
 */
export async function askUpTo(
  lastAckMs: number,
  ask: () => Promise<Stats>,
  signal: AbortSignal,
): Promise<Stats> {
  const deadlineMs = performance.now() + VISIBLE_TIMEOUT_MS
  for (;;) {
    const answer = await ask()
    const { asOf } = answer.meta
    if (asOf !== null && Date.parse(asOf) > lastAckMs) return answer
    if (performance.now() > deadlineMs) {
      throw new Fault(`Answers stand at ${asOf}, ${VISIBLE_TIMEOUT_MS} ms after the last event was sent.`)
    }
    await sleep(POLL_MS, undefined, { signal })
  }
}
