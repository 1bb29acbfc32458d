// npm run test:alerts: whether Prometheus reads our rules, and whether each alert fires and clears as it should, by
// Prometheus's own tool, which is installed if it is missing (Debian's package prometheus). With --write it renews the
// list of metrics in docs/metrics.md instead.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InfraFault } from '../../infra/fault.ts'
import { installPackage } from '../../infra/native/debian.ts'
import { runProgram } from '../../infra/native/run-program.ts'
import { commandLine } from '../../lib/command-line.ts'
import { isOn } from '../../lib/flags.ts'
import { shownMetrics } from '../../testing/shown-metrics.ts'
import { root } from '../source-file.ts'
import { metricsTable } from './metrics-table.ts'

const DIRECTORY = join(root, 'infra/prometheus')
const METRICS = join(root, 'docs/metrics.md')
const TABLE = /^\| metric [\s\S]*$/m

const { values } = commandLine({
  usage: 'npm run test:alerts [-- --write]',
  flags: { write: isOn('renew docs/metrics.md, and test nothing') },
})
try {
  if (values.write) await renewMetrics()
  else await testRules()
} catch (error) {
  if (!(error instanceof InfraFault)) throw error
  console.error(`test:alerts: ${error.message}`)
  process.exitCode = 1
}

async function renewMetrics(): Promise<void> {
  const table = metricsTable(await shownMetrics())
  writeFileSync(
    METRICS,
    readFileSync(METRICS, 'utf8').replace(TABLE, () => `${table}\n`),
  )
}

async function testRules(): Promise<void> {
  await installPackage({
    name: 'prometheus',
    program: 'promtool',
    unit: 'prometheus',
    versionFlag: '--version',
  })
  for (const command of [
    ['check', 'config', 'prometheus.yml'], // with the rules that it names
    ['test', 'rules', ...globSync('*test.yml', { cwd: DIRECTORY })],
  ])
    console.log((await runProgram('promtool', command, { cwd: DIRECTORY })).trim())
}
