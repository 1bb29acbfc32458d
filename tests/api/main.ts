// npm run test:api: schemathesis asks a running server everything that its description admits, and much that it does
// not, with and without keys, and holds every answer against the description with all of its checks. What it is not
// asked to hold stands in exclusions.py, with reasons. Exit 1 on any failure, and where too few requests were sent.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fetchPackages } from '../../infra/native/python.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { helpIfAsked } from '../../services/runtime/command-line.ts'
import { ServerProcess } from '../../tools/replay/server-process.ts'
import { type ApiOptions, parseOptions, USAGE } from './options.ts'

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const REQUIREMENTS = path('../../infra/schemathesis/requirements.txt')
const SERVER = path('../../services/standalone/main.ts')
const EXCLUSIONS = path('./exclusions.py')
const DAY_MS = 86_400_000
const KEY = 'a-key-of-the-test'

type World = {
  readonly name: string
  readonly environment: Readonly<Record<string, string>>
  readonly headers: readonly string[]
}

/** One key for everything, for one header is sent with every request. */
const WORLDS: readonly World[] = [
  { name: 'without keys', environment: {}, headers: [] },
  {
    name: 'with keys',
    environment: { API_KEYS: `${KEY}=acme`, ADMIN_KEYS: KEY },
    headers: ['--header', `Authorization: Bearer ${KEY}`],
  },
]

type Report = {
  readonly test_cases: { readonly generated: number; readonly unique_failures: number }
  readonly errors: readonly unknown[]
}
type Result = { readonly code: number; readonly report: Report | null; readonly output: string }

helpIfAsked(USAGE)
const options = parseOptions(process.argv.slice(2), Math.floor(Date.now() / DAY_MS))
console.log(
  `seed ${options.seed}: ${options.examples} random requests for each operation, beside the planned ones`,
)
const python = await fetchPackages(
  REQUIREMENTS,
  join(readInfraSettings(process.env).programs, 'schemathesis'),
)
const results = await Promise.all(WORLDS.map((world) => examine(world, options)))
process.exitCode = tell(results) ? 0 : 1

/** A server of its own on fresh data, and all that schemathesis says of it. */
async function examine(world: World, { seed, examples }: ApiOptions): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'tally-api-'))
  const report = join(folder, 'report.json')
  const server = new ServerProcess({
    command: [process.execPath, SERVER],
    dataDir: join(folder, 'data'),
    environment: { HOST: '127.0.0.1', PROBE_INTERVAL_S: '0', ...world.environment },
    onCrash: (fault) => console.error(fault.message),
  })
  try {
    await server.start()
    const args = [
      ...['-m', 'schemathesis.cli', 'run', `${server.url}/openapi.json`, ...world.headers],
      ...['--checks', 'all', '--exclude-path', '/v1/live', '--continue-on-failure', '--no-color'],
      ...['--phases', 'examples,coverage,fuzzing,stateful', '--generation-database', 'none'],
      ...['--max-examples', String(examples), '--seed', String(seed)],
      ...['--request-timeout', '20', '--report-json-path', report],
    ]
    const environment = { SCHEMATHESIS_HOOKS: EXCLUSIONS, PYTHONDONTWRITEBYTECODE: '1' }
    const { code, output } = await run(python, args, folder, environment)
    const text = await readFile(report, 'utf8').catch(() => null)
    return { code, output, report: text === null ? null : JSON.parse(text) }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

/** In a folder of its own, for schemathesis notes beside itself what failed. */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
) {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(child, 'close')
  return { code: Number(code ?? 1), output }
}

/** Whether all was as described. A failure is shown with the request that shows it again. */
function tell(results: readonly Result[]): boolean {
  let cases = 0
  let failures = 0
  for (const [at, { code, report, output }] of results.entries()) {
    const sent = report?.test_cases.generated ?? 0
    const found = report === null ? 1 : report.test_cases.unique_failures + report.errors.length
    if (code !== 0 || found > 0) console.log(output)
    console.log(`${WORLDS[at]!.name}: ${sent} cases, ${found} failures`)
    cases += sent
    failures += Math.max(found, code === 0 ? 0 : 1)
  }
  console.log(`${cases} cases, ${failures} failures, seed ${options.seed}`)
  if (cases < options.casesMin) console.error(`These are fewer than ${options.casesMin}: raise --examples.`)
  return failures === 0 && cases >= options.casesMin
}
