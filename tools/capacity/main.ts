// npm run capacity: exit code 0; 1 if figures of benchmarks are missing; 2 if the command was used wrongly.
import { fileURLToPath } from 'node:url'
import { helpIfAsked, misused } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { UsageFault } from '../../lib/flags-reader.ts'
import { COMMAND, parseOptions } from './capacity-options.ts'
import { planFor } from './plan.ts'
import { linesOf } from './report.ts'
import { readResults } from './results.ts'
import { deploymentOf, simulate } from './simulate.ts'
import { simulationLines } from './simulation-report.ts'
import { unitCosts } from './unit-costs.ts'

const RESULTS = fileURLToPath(new URL('../../benchmarks/results', import.meta.url))

helpIfAsked(COMMAND, true)
try {
  const { load, simulation: asked, json, results } = parseOptions(process.argv.slice(2))
  const costs = unitCosts(readResults(results ?? RESULTS))
  const plan = planFor(load, costs)
  const simulation = asked && simulate(load, deploymentOf(load, plan), asked.seed)
  if (json) console.log(JSON.stringify({ load, plan, simulation, sources: costs.sources }, null, 2))
  else {
    const simulated = simulation === null ? [] : ['', ...simulationLines(simulation)]
    for (const line of [...linesOf(load, plan, costs), ...simulated]) console.log(line)
  }
} catch (error) {
  if (error instanceof UsageFault) misused(error.message, COMMAND)
  if (!(error instanceof Fault)) throw error
  console.error(error.message)
  process.exitCode = 1
}
