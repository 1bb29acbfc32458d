// npm run bench:regression: exit code 0; 1 if something costs more than the bound allows, or could not be compared;
// 2 if the command was used wrongly.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { processAnswer } from '../process-answer.ts'
import { print, type Row } from '../report.ts'
import { openBase } from './base.ts'
import type { CoreCosts } from './core-process.ts'
import { pairsOfIngest } from './ingest-pairs.ts'
import { inTurn, type Pair, type Ratios, ratiosOf } from './ratios.ts'
import { COMMAND, type Compared, parseOptions, type RegressionOptions } from './regression-options.ts'

const HERE = new URL('../../', import.meta.url)
const CORE = new URL('./core-process.ts', import.meta.url)
const EVENTS = { full: 500_000, quick: 100_000 }
/** Of one process, after a first one that compiles. */
const ROUNDS = 7

helpIfAsked(COMMAND)
const options = parsedBy(parseOptions, COMMAND)
const directory = await mkdtemp(join(tmpdir(), 'tally-regression-'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop)
try {
  process.exitCode = (await compare(options)) ? 0 : 1
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(error.message)
  process.exitCode = 1
} finally {
  await rm(directory, { recursive: true, force: true })
}

/** Leaves no checkout behind, neither on the disk nor in git's list. */
function stop(): never {
  rmSync(directory, { recursive: true, force: true })
  spawnSync('git', ['worktree', 'prune'], { cwd: HERE })
  process.exit(1)
}

/** Whether nothing is beyond the bound. */
async function compare(options: RegressionOptions): Promise<boolean> {
  await using base = await openBase(options.against, join(directory, 'base'))
  console.log(`beside ${base.name}, ${options.pairs} pairs in turns`)
  const found: (Ratios & { readonly what: Compared })[] = []
  for (const what of options.only) {
    const pairs = what === 'ingest' ? await ingest(base.root, options) : await core(what, base.root, options)
    found.push({ what, ...ratiosOf(pairs, options.bound) })
    console.error(`${what}: ${pairs.map(({ ours, theirs }) => (ours / theirs).toFixed(3)).join(' ')}`)
  }
  print(
    `regression: CPU time an event in terms of that of ${base.name}; above ${options.bound} is too much`,
    [...found.map(rowOf)],
  )
  return !found.some(({ isBeyond }) => isBeyond)
}

function rowOf({ what, median, least, most, isBeyond }: Ratios & { readonly what: Compared }): Row {
  const ratio = (value: number) => value.toFixed(3)
  return {
    what,
    median: ratio(median),
    least: ratio(least),
    most: ratio(most),
    verdict: isBeyond ? 'slower' : 'within the bound',
  }
}

function ingest(theirs: URL, { pairs, quick }: RegressionOptions): Promise<Pair[]> {
  return pairsOfIngest({ ours: HERE, theirs }, pairs, quick)
}

async function core(what: Compared, base: URL, { pairs, quick }: RegressionOptions): Promise<Pair[]> {
  const costOf = async (root: URL) => {
    const events = quick ? EVENTS.quick : EVENTS.full
    const { cpuSeconds } = await processAnswer<CoreCosts>(CORE, [root.href, what, events, ROUNDS])
    return Math.min(...cpuSeconds) // other programs only add to it
  }
  const found: Pair[] = []
  for (let i = 0; i < pairs; i++) {
    const costs = new Map<URL, number>()
    for (const root of inTurn(i, HERE, base)) costs.set(root, await costOf(root))
    found.push({ ours: costs.get(HERE)!, theirs: costs.get(base)! })
  }
  return found
}
