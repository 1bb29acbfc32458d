// The table of docs/scaling.md: what three loads need, as npm run capacity computes it. Pure.
import { parseOptions } from '../../tools/capacity/capacity-options.ts'
import type { Load } from '../../tools/capacity/load.ts'
import { type Plan, planFor } from '../../tools/capacity/plan.ts'
import { bytes, count, digits, gigabits, range } from '../../tools/capacity/quantity.ts'
import { sum } from '../../tools/capacity/ranges.ts'
import { FORM_NAMES } from '../../tools/capacity/report.ts'
import { deploymentOf, simulate } from '../../tools/capacity/simulate.ts'
import type { UnitCosts } from '../../tools/capacity/unit-costs.ts'
import { markdownTable } from './markdown-table.ts'

const SIZES = [
  '--rate 10000 --videos 1e6',
  '--rate 100000 --videos 1e7',
  '--rate 1000000 --videos 1e8',
] as const
const SECTION = /(<!-- plans: npm run bench:report -->\n\n)[\s\S]*?(\n\n<!-- end of plans -->)/

type Sized = { readonly load: Load; readonly plan: Plan }

/** The document with its table as of now. Throws where it has no place for it. */
export function withPlans(document: string, costs: UnitCosts): string {
  if (!SECTION.test(document)) throw new Error('docs/scaling.md has no section for plans')
  return document.replace(SECTION, (_, start: string, end: string) => start + plansTable(costs) + end)
}

function plansTable(costs: UnitCosts): string {
  const sizes = SIZES.map((args): Sized => {
    const { load } = parseOptions([...args.split(' '), '--retention', '7d'])
    return { load, plan: planFor(load, costs) }
  })
  const row = (name: string, of: (plan: Plan, load: Load) => string) => [
    name,
    ...sizes.map(({ plan, load }) => of(plan, load)),
  ]
  return markdownTable(
    ['', ...SIZES.map((args) => `\`${args}\``)],
    [
      row('partitions', ({ partitions }) => count(partitions)),
      row('partitioners, a core each', ({ partitioners }) => range(partitioners, count)),
      row('processors, a core each', ({ processors }) => range(processors, count)),
      row('reconcilers', ({ reconcilers }) => range(reconcilers, count)),
      row('Kafka brokers', ({ brokers }) => range(brokers, count)),
      row('rows an event', ({ rowsPerEvent }) => digits(rowsPerEvent)),
      ...(['single', 'day', 'shared'] as const).map((form) =>
        row(`Cassandra nodes: ${FORM_NAMES[form]}`, ({ forms }) =>
          range(forms.find((one) => one.form === form)!.nodes, count),
        ),
      ),
      row('memory for ids', ({ idBytes }) => bytes(idBytes)),
      row('network', ({ network }) => gigabits(sum(network.requests, network.log, network.counts))),
      row('storage a day', ({ storageADay: { log, archive, counts } }) => bytes(sum(log, archive, counts))),
      row('most of the cores', ({ parts }) => parts[0]!.name),
      ...simulated(sizes),
    ],
  )
}

/** The busiest process of each, with hot videos split. */
function simulated(sizes: readonly Sized[]): string[][] {
  const done = sizes.map(({ load, plan }) => simulate(load, deploymentOf(load, plan), 1))
  const percent = (cores: number) => `${Math.round(cores * 100)} %`
  return [
    ['busiest process, of its core', ...done.map(({ split }) => percent(split.busiestCores.before))],
    ['the same, a zone lost', ...done.map(({ split }) => percent(split.busiestCores.after))],
  ]
}
