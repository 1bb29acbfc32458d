// The cost of names that an attacker chose: ids and videos that the public hash of earlier versions put into one
// place of a table. They must cost the same as random names, and never block the event loop.
import { execFileSync } from 'node:child_process'
import type { Flood } from './flood-process.ts'
import { print } from './report.ts'
import { scaleOf } from './scale.ts'

const FILE = new URL('./flood-process.ts', import.meta.url)
const EVENTS = 100_000
const QUICK_EVENTS = 2_000
/** CPU time of chosen names divided by that of random ones. */
const RATIO_MAX = 1.2
const ROUNDS = 3

const { quick } = scaleOf(process.argv)
const events = quick ? QUICK_EVENTS : EVENTS
let failed = false
const rows = ['ids', 'videos'].map((what) => {
  const [random, chosen] = bestOf(what)
  const ratio = chosen.cpuSeconds / random.cpuSeconds
  failed ||= !quick && ratio > RATIO_MAX
  return {
    'chosen by the sender': `${events.toLocaleString('en-US')} ${what}`,
    'CPU-s, random': random.cpuSeconds,
    'CPU-s, chosen': chosen.cpuSeconds,
    ratio: ratio.toFixed(2),
    'longest stall, ms': Math.round(chosen.stallMs),
    'random, ms': Math.round(random.stallMs),
  }
})
print('flood: names chosen to collide, beside random ones', rows)
if (failed) throw new Error(`chosen names cost more than ${RATIO_MAX} times what random ones cost`)

/**
 * The cheapest of several runs of each, in turns, because a busy machine adds cost that is not caused by the names.
 */
function bestOf(what: string): [Flood, Flood] {
  const floods: [Flood[], Flood[]] = [[], []]
  for (let round = 0; round < (quick ? 1 : ROUNDS); round++) {
    for (const [i, form] of ['random', 'chosen'].entries()) {
      const args = ['--expose-gc', FILE.pathname, what, form, String(events)]
      floods[i]!.push(JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Flood)
    }
  }
  const [random, chosen] = floods.map((of) => ({
    cpuSeconds: Math.min(...of.map(({ cpuSeconds }) => cpuSeconds)),
    stallMs: Math.min(...of.map(({ stallMs }) => stallMs)),
  }))
  return [random!, chosen!]
}
