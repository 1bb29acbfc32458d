// npm run bench -- tail: what it costs to count events of many videos of which most are watched rarely, on a real
// Cassandra: rows and requests an event, CPU time, events a second, and how soon what was read is stored.
import { readFileSync, writeFileSync } from 'node:fs'
import type { NodeStatus } from '../../infra/engine.ts'
import { openServers } from '../../infra/servers.ts'
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { helpText, UsageFault } from '../../lib/flags-reader.ts'
import { interruption, unlessAborted } from '../../lib/interruption.ts'
import type { Results } from '../../tools/capacity/results.ts'
import { note } from '../notes.ts'
import { processAnswer } from '../process-answer.ts'
import { print } from '../report.ts'
import type { AskedCase, CaseResult } from './case-process.ts'
import { chart, type TailRun } from './chart.ts'
import { measureForms } from './measure-forms.ts'
import { tableOf } from './table.ts'
import { COMMAND, parseOptions, type TailOptions } from './tail-options.ts'

/** With when and where it was measured, if it was measured earlier. */
type SavedRun = TailRun & Partial<Pick<Results, 'source' | 'at' | 'commit' | 'machine'>>

const CASE = new URL('./case-process.ts', import.meta.url)

helpIfAsked(COMMAND)
const interrupted = interruption()
try {
  const options = parseOptions(process.argv.slice(2))
  if (options.forms) {
    print('tail: forms of writing', await withCassandra(formsOf(options)))
    note({ fields: { benchmark: 'tail-forms' } })
  } else await runCases(options)
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(error.message)
  if (error instanceof UsageFault) console.error(`\n${helpText(COMMAND)}`)
  process.exit(1)
}

function formsOf(options: TailOptions) {
  return (contactPoint: string, storePid: number | null) => measureForms(contactPoint, storePid, options)
}

async function runCases(options: TailOptions): Promise<void> {
  const runs: readonly SavedRun[] =
    options.from.length > 0 ? options.from.map(readRun) : [await runAll(options)]
  for (const run of runs) print(`tail: ${run.label}`, tableOf(run.cases))
  const [{ label, cases, ...origin }] = runs as [SavedRun]
  note({ fields: { ...(runs.length === 1 ? origin : {}), label, cases } })
  if (options.plot !== null) writeFileSync(options.plot, chart(runs))
}

function readRun(file: string): SavedRun {
  const { label, cases, source, at, commit, machine } = JSON.parse(readFileSync(file, 'utf8'))
  return { label, cases, source, at, commit, machine }
}

function runAll({ label, events, videos, spreads, rate, seed }: TailOptions): Promise<TailRun> {
  return withCassandra(async (cassandra, storePid) => {
    const cases: CaseResult[] = []
    for (const spread of spreads) {
      for (const count of videos) {
        const keyspace = `tail_${Date.now()}`
        const rest = { events, spread, seed, rate, cassandra, keyspace, storePid }
        const asked: AskedCase = { ...rest, videos: count }
        cases.push(await processAnswer<CaseResult>(CASE, [JSON.stringify(asked)]))
        console.error(`${spread} over ${count} videos: ${cases.at(-1)!.seconds.toFixed(1)} s`)
      }
    }
    return { label, cases }
  })
}

/** Starts Cassandra where it does not run, and then stops it at the end. */
async function withCassandra<T>(
  use: (contactPoint: string, storePid: number | null) => Promise<T>,
): Promise<T> {
  const servers = await openServers()
  const isCassandra = ({ node, state }: NodeStatus) => node.kind === 'cassandra' && state === 'up'
  const wasUp = (await servers.status()).some(isCassandra)
  const { cassandra } = await servers.up({ cassandra: 1 }, interrupted)
  try {
    const storePid = (await servers.status()).find(isCassandra)?.pid ?? null
    return await unlessAborted(use(cassandra![0]!, storePid), interrupted)
  } finally {
    if (!wasUp) await servers.down(['cassandra'])
  }
}
