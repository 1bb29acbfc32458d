// The secured servers as a test meets them, and settings for them.
import assert from 'node:assert/strict'
import { readSettings } from '../../services/processing/settings.ts'
import type { Secured } from './secured-servers.ts'

export const secured = JSON.parse(process.env.SECURED ?? 'null') as Secured

/** How long a start may take to say that it is not let in. */
const REFUSED_WITHIN_MS = 30_000

/** As a process reads them. */
export function settingsOf(environment: Readonly<Record<string, string>>) {
  return readSettings({ CASSANDRA_REPLICATION: '1', ...environment })
}

/** Fails unless it is refused, with these words and soon. */
export async function assertRefused(open: () => Promise<unknown>, words: RegExp): Promise<void> {
  const startMs = performance.now()
  await assert.rejects(open, (error: Error) => {
    assert.match(error.message, words)
    return true
  })
  const tookMs = performance.now() - startMs
  assert.ok(tookMs < REFUSED_WITHIN_MS, `it took ${Math.round(tookMs)} ms`)
}
