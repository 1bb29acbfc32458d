// Whether a server has counted what it acknowledged to senders.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LoadResult } from './load-process.ts'

type Summary = { readonly types: Readonly<Record<'view' | 'like', { readonly count: number }>> }

export const POLL_MS = 10
export const VISIBLE_MS_MAX = 30_000

/** Throws if it has not. Waits until that can be known. */
export async function checkAnswers(url: string, loads: readonly LoadResult[]): Promise<void> {
  const expected = new Map<string, number>()
  for (const { distinct } of loads) {
    for (const [videoId, count] of Object.entries(distinct)) {
      expected.set(videoId, (expected.get(videoId) ?? 0) + count)
    }
  }
  const startedMs = performance.now()
  for (const [videoId, count] of expected) {
    while ((await countOf(url, videoId)) < count && performance.now() - startedMs < VISIBLE_MS_MAX) {
      await sleep(POLL_MS)
    }
    assert.equal(await countOf(url, videoId), count, videoId)
  }
}

async function countOf(url: string, videoId: string): Promise<number> {
  const { types } = await answerOf<Summary>(`${url}/v1/videos/${videoId}/summary`)
  return types.view.count + types.like.count
}

export async function answerOf<Answer>(url: string): Promise<Answer> {
  const response = await fetch(url)
  assert.equal(response.status, 200)
  return (await response.json()) as Answer
}
