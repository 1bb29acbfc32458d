// npm run bench -- cluster: counting from a filled topic compared with alternatives, on the same servers and events;
// or, with --e2e, how fresh the answers of a running cluster are under load.
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { helpText, UsageFault } from '../../lib/flags-reader.ts'
import { interruption } from '../../lib/interruption.ts'
import { figure } from '../notes.ts'
import { print } from '../report.ts'
import { aimsOf } from './aims.ts'
import { COMMAND, parseOptions } from './cluster-options.ts'
import { compare } from './comparison.ts'
import { endToEnd } from './end-to-end.ts'
import type { Measured } from './measure.ts'
import { ratiosOf, standingsOf, tableOf } from './table.ts'

const OURS = /^tally/

helpIfAsked(COMMAND)
try {
  const options = parseOptions(process.argv.slice(2))
  if (options.endToEnd === null) {
    const measured = await compare(options, interruption())
    if (measured.length === 0) throw new Fault('no contender came to its end')
    print(`cluster: ${options.events} events from a filled topic`, tableOf(measured))
    const standings = standingsOf(measured)
    const tables = { 'ours beside the others': ratiosOf(standings), 'what is aimed at': aimsOf(standings) }
    for (const [what, rows] of Object.entries(tables)) if (rows.length > 0) print(`cluster: ${what}`, rows)
    refuseInexact(measured)
    noteOurs(measured)
  } else {
    print(
      `cluster: end to end through ${options.endToEnd.url}`,
      await endToEnd(options.endToEnd, options.seed),
    )
  }
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(error.message)
  if (error instanceof UsageFault) console.error(`\n${helpText(COMMAND)}`)
  process.exit(1)
}

/** What npm run capacity computes with. It counts a row for each bucket, the least that can have been written. */
function noteOurs(measured: readonly Measured[]): void {
  const ours = measured.filter(({ name, verdict }) => OURS.test(name) && verdict !== null)
  if (ours.length === 0) return
  figure(
    'processor',
    'CPU µs an event',
    ours.map(({ cpu, events }) => (cpu.counter / events) * 1e6),
  )
  figure(
    'processor.rows',
    'rows an event',
    ours.map(({ verdict, events }) => verdict!.buckets / events),
  )
}

/** The figures of a counter with wrong results are worthless. */
function refuseInexact(measured: readonly Measured[]): void {
  for (const { name, verdict } of measured) {
    if (verdict === null || verdict.exact === verdict.buckets) continue
    console.error(`${name}: ${verdict.exact} of ${verdict.buckets} buckets are exact`)
    process.exitCode = 1
  }
}
