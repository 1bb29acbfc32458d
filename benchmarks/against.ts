// Compares the core of another checkout with ours, in one process and in turns: what a change costs or saves.
import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LogRecord } from '../stores/log/log.ts'
import { coreOf, countRecords } from './core-of.ts'
import { race } from './race.ts'
import { print, speeds } from './report.ts'
import type { Truth } from './workload.ts'

export const AGAINST = '--against='

export type Work = {
  readonly records: readonly LogRecord[]
  readonly events: number
  readonly truth: Truth
  readonly recordsPerSeal: number
}

const HERE = new URL('../', import.meta.url)
/** More rounds than in other races, because the difference may be a few percent. */
const ROUNDS = 15

/** The checkout's root; null if none is named. */
export function otherCheckout(argv: readonly string[]): URL | null {
  const option = argv.find((arg) => arg.startsWith(AGAINST))
  return option === undefined ? null : pathToFileURL(`${resolve(option.slice(AGAINST.length))}/`)
}

/** From the bytes of the log to totals, because hashing names costs time in decoding and saves time in the step. */
export async function raceAgainst(other: URL, work: Work, quick: boolean): Promise<void> {
  const [ours, theirs] = await Promise.all([coreOf(HERE), coreOf(other)])
  const standings = race(
    [
      {
        name: 'ours: decode + step',
        run: (checked) => countRecords(ours, work.records, work.recordsPerSeal, checked),
      },
      {
        name: 'theirs: decode + step',
        run: (checked) => countRecords(theirs, work.records, work.recordsPerSeal, checked),
      },
    ],
    {
      rounds: quick ? 1 : ROUNDS,
      check: (counts, name) => assert.deepEqual(counts.answer(), work.truth, name),
    },
  )
  print(`step: against ${other.pathname}`, speeds(standings, work.events))
  const [our, their] = standings
  console.log(`\nours takes ${(our!.seconds / their!.seconds).toFixed(3)} of the time of theirs`)
}
