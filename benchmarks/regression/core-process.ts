// Counts the same events some times with the core of one checkout, alone in its process, so that code of the other has
// no part in how it is compiled: node core-process.ts ROOT step|decode EVENTS ROUNDS prints the CPU time of each round.
import assert from 'node:assert/strict'
import { type Core, type Counted, coreOf, countDecoded, countRecords, decodeAll } from '../core-of.ts'
import { arrivals, recordsOf, truthOf } from '../workload.ts'

export type CoreCosts = { readonly cpuSeconds: readonly number[] }

const SPAN_MS = 300_000
const RECORDS = { recordsPerStep: 50, recordsPerSeal: 100 }

const [root = '', what = '', events = '', rounds = ''] = process.argv.slice(2)
const core = await coreOf(new URL(root))
const arrived = arrivals({ events: Number(events), spanMs: SPAN_MS })
const run = countingBy(core)
assert.deepEqual(run(true).answer(), truthOf(arrived))
const cpuSeconds = Array.from({ length: Number(rounds) }, () => {
  globalThis.gc!()
  const before = process.cpuUsage()
  run(false)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
})
console.log(JSON.stringify({ cpuSeconds } satisfies CoreCosts))

function countingBy(core: Core): (checked: boolean) => Counted {
  const records = recordsOf(arrived)
  if (what === 'decode') return (checked) => countRecords(core, records, RECORDS.recordsPerSeal, checked)
  const decoded = decodeAll(core, records)
  return (checked) => countDecoded(core, decoded, RECORDS, checked)
}
