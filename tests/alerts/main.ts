// npm run test:alerts: whether Prometheus reads our rules, and whether each alert fires and clears as it should, by
// Prometheus's own tool, which is installed if it is missing (Debian's package prometheus). With --write it renews the
// list of metrics in docs/metrics.md and the dashboards instead.
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { InfraFault } from '../../infra/fault.ts'
import { PAGES } from '../../infra/grafana/pages.ts'
import { pageText } from '../../infra/grafana/panels.ts'
import { installPackage } from '../../infra/native/debian.ts'
import { runProgram } from '../../infra/native/run-program.ts'
import { commandLine } from '../../lib/command-line.ts'
import { isOn } from '../../lib/flags.ts'
import { shownMetrics } from '../../testing/shown-metrics.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { root } from '../source-file.ts'
import { metricsTable } from './metrics-table.ts'

const DIRECTORY = join(root, 'infra/prometheus')
const METRICS = join(root, 'docs/metrics.md')
const TABLE = /^\| metric [\s\S]*$/m

const { values } = commandLine({
  usage: 'npm run test:alerts [-- --write]',
  flags: { write: isOn('renew docs/metrics.md and the dashboards, and test nothing') },
})
try {
  if (values.write) await renew()
  else await testRules()
} catch (error) {
  if (!(error instanceof InfraFault)) throw error
  console.error(`test:alerts: ${error.message}`)
  process.exitCode = 1
}

async function renew(): Promise<void> {
  const table = metricsTable(await shownMetrics())
  writeFileSync(
    METRICS,
    readFileSync(METRICS, 'utf8').replace(TABLE, () => `${table}\n`),
  )
  for (const [name, page] of Object.entries(PAGES))
    writeFileSync(join(root, 'infra/grafana/dashboards', `${name}.json`), pageText(page))
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
  await readPanels()
}

/** Whether Prometheus can read what the panels ask, as it reads the expressions of rules. */
async function readPanels(): Promise<void> {
  const asked = Object.values(PAGES).flatMap(({ rows }) =>
    rows
      .flat()
      .flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m'))),
  )
  const rules = asked.map((expr, at) => ({ record: `panel:${at}`, expr }))
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'panels.json') // a form of YAML
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
  await runProgram('promtool', ['check', 'rules', '--lint=none', file])
  console.log(`${asked.length} expressions of panels can be read`)
}
