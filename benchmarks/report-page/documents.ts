// The documents that npm run bench:report writes, from the files in benchmarks/results.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readResults } from '../../tools/capacity/results.ts'
import { unitCosts } from '../../tools/capacity/unit-costs.ts'
import { chart, type TailRun } from '../tail/chart.ts'
import { figuresChart } from './figures-chart.ts'
import { CHART, pageOf, TAIL_CHART } from './page.ts'
import { withPlans } from './plans.ts'

export const DOCS = new URL('../../docs/', import.meta.url)
const RESULTS = fileURLToPath(new URL('../results', import.meta.url))
const SCALING = 'scaling.md'

/** Their texts by their names in docs. */
export function documents(): Map<string, string> {
  const results = readResults(RESULTS)
  const tails = results.filter((one) => 'cases' in one) as unknown as TailRun[]
  return new Map([
    ['benchmarks.md', pageOf(results, tails.length > 0)],
    [CHART, figuresChart(results)],
    ...(tails.length > 0 ? [[TAIL_CHART, chart(tails)] as const] : []),
    [SCALING, withPlans(readFileSync(new URL(SCALING, DOCS), 'utf8'), unitCosts(results))],
  ])
}
