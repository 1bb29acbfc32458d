// npm run sim: exit code 0 where every world ends as it must and every mutant is caught, 1 where not. npm run sim --
// routing compares ways to choose a partition.
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { commandLine, misused } from '../lib/command-line.ts'
import { isOn, text, wholeNumber } from '../lib/flags.ts'
import { loadSchemas } from '../schemas/schema-set.ts'
import { CAUGHT_BY } from './caught-by.ts'
import { MUTANTS } from './mutants.ts'
import { plot } from './routing/plot.ts'
import { compareRouting, routingTable } from './routing/routing.ts'
import { runSeeds, type SeedReport } from './run-seeds.ts'
import { runWorld } from './run-world.ts'

/** The most seeds that a mutant may survive. */
const MUTANT_SEEDS = 1_000
/** Errors of a mutant that is broken code: it tests no law. */
const NONSENSE = /^(Reference|Type)Error: /

const SEEDS = { least: 0 }
const SEEDS_DEFAULT = 1_000

const COMMAND = {
  usage: `npm run sim -- --seeds N [--from N]   worlds of these seeds, then every mutant
npm run sim -- --seed N               one of them, with a trace of what happens in it
npm run sim -- --mutants              every mutant, each until a seed catches it
npm run sim -- --mutant NAME          one of them
npm run sim -- routing [--seed N]     how evenly each way to choose a partition loads the partitions`,
  flags: {
    seeds: wholeNumber('N', 'how many worlds (default 1000)', null, SEEDS),
    from: wholeNumber('N', 'their first seed', 1, SEEDS),
    seed: wholeNumber('N', 'the world of this seed alone', null, SEEDS),
    jobs: wholeNumber('N', 'worlds at a time', availableParallelism(), {
      least: 1,
    }),
    mutants: isOn('mutants alone'),
    mutant: text('NAME', 'this mutant alone'),
    plot: text('FILE', 'of routing: draws the result, as an SVG'),
  },
  takesOperands: true,
}

const { values, operands } = commandLine(COMMAND)
const { from, jobs } = values

const isRouting = operands.length === 1 && operands[0] === 'routing'
if (operands.length > 0 && !isRouting)
  misused(`${operands.join(' ')} is not known here; known is routing`, COMMAND)
if (values.plot !== null && !isRouting) misused('--plot goes with routing', COMMAND)

if (isRouting) await showRouting(values.seed ?? 1, values.plot)
else if (values.seed !== null) process.exitCode = await replay(values.seed)
else if (values.mutant !== null) process.exitCode = (await hunt(values.mutant)) ? 0 : 1
else {
  const seeds = values.seeds ?? (values.mutants ? 0 : SEEDS_DEFAULT)
  const clean = await runClean(seeds)
  const caught = await huntAll()
  process.exitCode = clean && caught ? 0 : 1
}

async function showRouting(seed: number, plotPath: string | null): Promise<void> {
  const results = compareRouting(seed)
  console.log(routingTable(results))
  if (plotPath !== null) await writeFile(plotPath, plot(results))
}

async function replay(seed: number): Promise<number> {
  const { violation, ...report } = await runWorld(seed, loadSchemas(), console.log)
  console.log(report)
  if (violation === null) return 0
  console.log(violation)
  return 1
}

async function runClean(seeds: number): Promise<boolean> {
  if (seeds === 0) return true
  const startMs = performance.now()
  const reports = await runSeeds({ from, to: from + seeds, jobs })
  const failed = reports.filter(({ violation }) => violation !== null)
  for (const { seed, violation } of failed) console.log(`seed ${seed}: ${violation}`)
  const sum = (of: 'events' | 'counted' | 'copies' | 'faults') =>
    reports.reduce((n, report) => n + report[of], 0)
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0)
  console.log(
    `${reports.length} seeds from ${from}: ${sum('events')} events, ${sum('copies')} copies, ` +
      `${sum('faults')} faults, ${sum('counted')} counted; ${failed.length} violations; ${seconds} s`,
  )
  return failed.length === 0
}

async function huntAll(): Promise<boolean> {
  let atLarge = 0
  const left = MUTANTS.map(({ name }) => name)
  const huntOn = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) if (!(await hunt(name))) atLarge++
  }
  await Promise.all(Array.from({ length: jobs }, huntOn))
  console.log(`${MUTANTS.length - atLarge} of ${MUTANTS.length} mutants caught`)
  return atLarge === 0
}

/** Whether some seed catches this mutant; prints which. */
async function hunt(name: string): Promise<boolean> {
  const isCaught = ({ violation }: SeedReport) => violation !== null
  const noted = CAUGHT_BY[name]
  const seed = noted ?? from
  const [first] = await runSeeds({ from: seed, to: seed + 1, jobs: 1, mutant: name })
  const wanted = { from, to: from + MUTANT_SEEDS, jobs: 1, mutant: name }
  const caught = isCaught(first!) ? first : (await runSeeds(wanted)).find(isCaught)
  const law = MUTANTS.find((mutant) => mutant.name === name)?.law
  const violation = String(caught?.violation).slice(0, 160)
  if (caught === undefined) console.log(`AT LARGE ${name} (law ${law})`)
  else if (NONSENSE.test(violation)) console.log(`NONSENSE ${name} at seed ${caught.seed}: ${violation}`)
  else {
    const isStale = caught.seed !== noted
    console.log(
      `caught   ${name} by seed ${caught.seed}${isStale ? ` (note it in simulator/caught-by.ts)` : ''}: ${violation}`,
    )
  }
  return caught !== undefined && !NONSENSE.test(violation)
}
