// npm run test:chart: renders the chart with each set of values, has the result checked by the schemas of Kubernetes,
// and runs the tests that read it. Helm is compiled on the first run; no cluster is needed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InfraFault } from '../../infra/fault.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { commandLine } from '../../lib/command-line.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { root } from '../source-file.ts'
import { CHART, type Helm, installHelm, installValidate, refusal, template } from './helm.ts'
import { parseManifests, SETS, type SetName } from './rendered.ts'

/** The oldest that the chart takes, and the newest of which there are schemas. */
const KUBERNETES = ['1.30', '1.37']
/** Of operators: the schemas of Kubernetes do not have them. */
const FOREIGN = /^(monitoring\.coreos\.com|keda\.sh)\//

/** Values that could not be honoured, and what is said of them. */
const REFUSED: readonly (readonly [SetName, string, RegExp])[] = [
  ['own-servers', 'settings.PARTITONS=8', /PARTITONS/],
  ['own-servers', 'settings.API_KEYS=key=acme', /API_KEYS/],
  ['own-servers', 'partitionr.replicas=3', /partitionr/],
  ['own-servers', 'reconciler.replicas=2', /reconciler\.replicas must be 1/],
  ['own-servers', 'reconciler.disk.claim=false', /reconciler\.disk\.claim must be true/],
  ['own-servers', 'partitioner.disk.claim=false', /partitioner\.disk\.claim must be true/],
  ['own-servers', 'worker.enabled=true', /worker needs settings\.OVERFLOW_URL/],
  ['own-servers', 'settings.OVERFLOW_URL=file:/overflow', /OVERFLOW_URL must be in S3/],
  ['own-servers', 'processing.keda.max=17', /processing\.keda\.max must be at most PARTITIONS \(16\)/],
  ['own-servers', 'backup.enabled=true', /backup needs ARCHIVE_URL in S3/],
  ['three-zones', 'backup.keep=0', /backup\.keep|\/backup\/keep/],
  ['small', 'backup.enabled=true', /backup is for separate services/],
  ['own-servers', 'settings.KAFKA_BROKERS=', /settings\.KAFKA_BROKERS is missing/],
  ['small', 'standalone.disk.claim=false', /standalone\.disk\.claim must be true/],
  ['small', 'ingress.host=', /ingress\.host is missing/],
]

const valuesOf = (set: SetName) => ['--values', join(root, 'infra/helm/values', `${set}.yaml`)]

commandLine({ usage: 'npm run test:chart   the chart of infra/helm, without a cluster' })
try {
  process.exitCode = await testChart()
} catch (error) {
  if (!(error instanceof InfraFault)) throw error
  console.error(`test:chart: ${error.message}`)
  process.exitCode = 1
}

async function testChart(): Promise<number> {
  const { programs } = readInfraSettings(process.env)
  const helm = await installHelm(programs)
  await using directory = await temporaryDirectory()
  for (const set of SETS) {
    await helm('lint', '--strict', CHART, ...valuesOf(set))
    await writeFile(join(directory.path, `${set}.yaml`), await template(helm, valuesOf(set)))
  }
  console.log(`helm lint and template: ${SETS.join(', ')}`)
  await refuseWhatIsWrong(helm)
  await validateAll(programs, directory.path)
  await helm('package', CHART, '--destination', directory.path)
  return await runTests(directory.path)
}

async function refuseWhatIsWrong(helm: Helm): Promise<void> {
  for (const [set, value, words] of REFUSED) {
    const said = await refusal(helm, [...valuesOf(set), '--set', value])
    if (!words.test(said)) throw new InfraFault('command_failed', `${value} is refused, but so:\n${said}`)
  }
  console.log(`${REFUSED.length} values that could not be honoured are refused`)
}

async function validateAll(programs: string, directory: string): Promise<void> {
  const validate = await installValidate(programs)
  for (const set of SETS) {
    // As Helm wrote them: Kubernetes reads an older YAML than we do.
    const text = await readFile(join(directory, `${set}.yaml`), 'utf8')
    const all = text.split(/^---$/m).filter((part) => parseManifests(part).length > 0)
    const own = all.filter((part) => !FOREIGN.test(parseManifests(part)[0].apiVersion))
    const file = join(directory, `${set}.kubernetes.yaml`)
    await writeFile(file, own.map((part) => `---\n${part}`).join(''))
    for (const version of KUBERNETES) await validate(file, version)
    const others = all.length - own.length
    console.log(
      `${set}: ${own.length} manifests fit Kubernetes ${KUBERNETES.join(' and ')}; ${others} of operators`,
    )
  }
}

async function runTests(directory: string): Promise<number> {
  const child = spawn(process.execPath, ['--test', '--test-reporter=spec', 'tests/chart/*.chart-test.ts'], {
    cwd: root,
    env: { ...process.env, CHART_RENDERED: directory },
    stdio: 'inherit',
  })
  const [code] = await once(child, 'exit')
  return code ?? 1
}
