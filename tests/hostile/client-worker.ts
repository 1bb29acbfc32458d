// Runs seeds in a process of its own, and reports to its parent: the first violations, and the sums.
import { runClientWorld } from './client-world.ts'

export type WorkerReport = {
  readonly seeds: number
  readonly violations: readonly { readonly seed: number; readonly violation: string }[]
  readonly events: number
  readonly stored: number
  readonly requests: number
  readonly failures: number
  readonly cpuSeconds: number
}

const [from, to, violationsMax] = process.argv.slice(2).map(Number) as [number, number, number]
const violations: { seed: number; violation: string }[] = []
const sums = { events: 0, stored: 0, requests: 0, failures: 0 }
let seed = from
for (; seed < to && violations.length < violationsMax; seed++) {
  const { violation, ...counts } = await runClientWorld(seed)
  for (const name of ['events', 'stored', 'requests', 'failures'] as const) sums[name] += counts[name]
  if (violation !== null) violations.push({ seed, violation })
}
const { user, system } = process.cpuUsage()
const report: WorkerReport = { seeds: seed - from, violations, ...sums, cpuSeconds: (user + system) / 1e6 }
process.send?.(report, () => process.disconnect?.())
