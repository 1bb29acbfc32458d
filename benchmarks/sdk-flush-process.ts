// Captures events through one client, flushes, and prints how long that took, in a process of its own:
// node sdk-flush-process.ts URL CLIENT EVENTS
// A few times, and the median counts: the first flush pays for the connection and for code that is not yet compiled.
import { setTimeout as sleep } from 'node:timers/promises'
import { FLUSHERS } from './sdk-flushes.ts'
import type { Counted } from './sdk-sink-process.ts'

export type FlushCost = {
  /** From the call to its promise, without the time to capture. */
  readonly medianMs: number
  readonly firstMs: number
  /** When the promise resolves; the least of all rounds. */
  readonly arrivedMin: number
}

const ROUNDS = 11
const REST_MS = 500

const [url = '', client = '', events = ''] = process.argv.slice(2)
const { capture, flush } = await FLUSHERS[client]!(url)

async function flushOnce(): Promise<{ ms: number; arrived: number }> {
  for (let at = 0; at < Number(events); at++) capture(at)
  const startedMs = performance.now()
  await flush()
  const ms = performance.now() - startedMs
  const { events: arrived } = (await (await fetch(`${url}/counted`)).json()) as Counted
  await sleep(REST_MS) // what comes later belongs to no round
  await fetch(`${url}/counted`)
  return { ms, arrived }
}

const rounds: { ms: number; arrived: number }[] = []
while (rounds.length < ROUNDS) rounds.push(await flushOnce())
const sorted = rounds.map(({ ms }) => ms).sort((a, b) => a - b)
const cost: FlushCost = {
  medianMs: sorted[ROUNDS >> 1]!,
  firstMs: rounds[0]!.ms,
  arrivedMin: Math.min(...rounds.map(({ arrived }) => arrived)),
}
console.log(JSON.stringify(cost))
process.exit(0)
