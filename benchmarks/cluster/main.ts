// npm run bench -- cluster: counting from a filled topic compared with alternatives, on the same servers and events;
// or, with --e2e, how fresh the answers of a running cluster are under load.
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { helpText, UsageFault } from '../../lib/flags-reader.ts'
import { print } from '../report.ts'
import { COMMAND, parseOptions } from './cluster-options.ts'
import { compare } from './comparison.ts'
import { endToEnd } from './end-to-end.ts'
import type { Measured } from './measure.ts'
import { tableOf } from './table.ts'

helpIfAsked(COMMAND)
try {
  const options = parseOptions(process.argv.slice(2))
  if (options.endToEnd === null) {
    const measured = await compare(options)
    print(`cluster: ${options.events} events from a filled topic`, tableOf(measured))
    refuseInexact(measured)
  } else {
    print(`cluster: end to end through ${options.endToEnd.url}`, [
      await endToEnd(options.endToEnd, options.seed),
    ])
  }
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(error.message)
  if (error instanceof UsageFault) console.error(`\n${helpText(COMMAND)}`)
  process.exitCode = 1
}

/** The figures of a counter with wrong results are worthless. */
function refuseInexact(measured: readonly Measured[]): void {
  for (const { name, verdict } of measured) {
    if (verdict === null || verdict.exact === verdict.buckets) continue
    console.error(`${name}: ${verdict.exact} of ${verdict.buckets} buckets are exact`)
    process.exitCode = 1
  }
}
