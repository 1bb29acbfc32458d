// npm run test:alerts: whether Prometheus reads our rules, and whether each alert fires and clears as it should, by
// Prometheus's own tool, which is installed if it is missing (Debian's package prometheus).
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { InfraFault } from '../../infra/fault.ts'
import { installPackage } from '../../infra/native/debian.ts'
import { runProgram } from '../../infra/native/run-program.ts'
import { helpIfAsked } from '../../lib/command-line.ts'
import { root } from '../source-file.ts'

const DIRECTORY = join(root, 'infra/prometheus')

helpIfAsked({ usage: 'npm run test:alerts', flags: {} })
try {
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
} catch (error) {
  if (!(error instanceof InfraFault)) throw error
  console.error(`test:alerts: ${error.message}`)
  process.exitCode = 1
}
