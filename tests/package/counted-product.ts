// What programs must have done on the product, by their own words and by the product's.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { DAY_MS } from '../../model/bucket.ts'

const POLL_MS = 50
const PATIENCE_MS = 60_000

/**
 * Of `consumer/send-and-read.mts`: 250 events of 0/8, 1/8, 2/8 …; 100 of them sent again, with one that is refused;
 * 120 tracked one by one.
 */
export const EXPECTED = {
  ...{ accepted: 350, rejected: [100], count: 250, sum: (249 * 250) / 2 / 8 },
  codeOfFault: 'invalid_argument',
  ...{ ledger: { captured: 120, delivered: 120, rejected: 0, dropped: 0, pending: 0 }, tracked: 120 },
} as const

/** Asks the product without the SDK, until it has counted as many. */
export async function assertCounted(
  url: string,
  videoId: string,
  count: number,
  type = 'view',
): Promise<void> {
  const query = `eventType=${type}&function=count&startTime=${Date.now() - DAY_MS}`
  const deadlineMs = performance.now() + PATIENCE_MS
  let value: number
  do {
    const answer = await fetch(`${url}/v1/videos/${videoId}/stats?${query}`)
    value = ((await answer.json()) as { value: number }).value
    if (value >= count) break
    await sleep(POLL_MS)
  } while (performance.now() < deadlineMs)
  assert.equal(value, count)
}
