// One run of schemathesis against its own server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ServerProcess } from '../../tools/replay/server-process.ts'
import type { World } from './worlds.ts'

const SERVER = fileURLToPath(new URL('../../services/standalone/main.ts', import.meta.url))
const HOOKS = fileURLToPath(new URL('./hooks.py', import.meta.url))
const CONFIG = fileURLToPath(new URL('./schemathesis.toml', import.meta.url))

/** `examples`: random requests for each operation. */
type Amount = { readonly seed: number; readonly examples: number }

export type Result = {
  readonly world: World
  readonly code: number
  readonly report: Report | null
  /** How many answers had each status. */
  readonly statuses: Readonly<Record<string, number>>
  readonly output: string
}

type Report = {
  readonly test_cases: { readonly generated: number; readonly unique_failures: number }
  readonly errors: readonly unknown[]
}

/**
 * Starts a server on new data, and tests it. Fails if `signal` is aborted; then nothing that it started is left
 * running.
 */
export async function examine(
  world: World,
  python: string,
  { seed, examples }: Amount,
  signal: AbortSignal,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'tally-api-'))
  const [report, statuses] = [join(folder, 'report.json'), join(folder, 'statuses.json')]
  const server = new ServerProcess({
    command: [process.execPath, SERVER],
    dataDir: join(folder, 'data'),
    environment: { HOST: '127.0.0.1', PROBE_INTERVAL_S: '0', ...world.environment },
    onCrash: (fault) => console.error(fault.message),
  })
  try {
    await server.start()
    const args = [
      ...['-m', 'schemathesis.cli', '--config-file', CONFIG, 'run', `${server.url}/openapi.json`],
      ...[...world.args, '--continue-on-failure', '--no-color', '--generation-database', 'none'],
      ...['--max-examples', String(Math.ceil(examples * world.share)), '--seed', String(seed)],
      ...['--request-timeout', '20', '--report-json-path', report],
    ]
    const environment = {
      ...{ SCHEMATHESIS_HOOKS: HOOKS, PYTHONPATH: dirname(HOOKS), PYTHONDONTWRITEBYTECODE: '1' },
      ...{ STATUSES_FILE: statuses, PARENT_PID: String(process.pid), SERVER_PID: String(server.pid) },
    }
    const { code, output } = await run(python, args, folder, environment, signal)
    return {
      ...{ world, code, output },
      report: await readJson<Report>(report),
      statuses: (await readJson<Result['statuses']>(statuses)) ?? {},
    }
  } finally {
    await server.stop()
    await rm(folder, { recursive: true })
  }
}

/** In its own folder, because schemathesis writes failures into its working directory. */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
  signal: AbortSignal,
) {
  signal.throwIfAborted()
  const env = { ...process.env, ...environment }
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => child.kill('SIGKILL')
  signal.addEventListener('abort', kill)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(child, 'close')
  signal.removeEventListener('abort', kill)
  signal.throwIfAborted()
  return { code: Number(code ?? 1), output }
}

/** Null if it was not written. */
async function readJson<T>(file: string): Promise<T | null> {
  const text = await readFile(file, 'utf8').catch(() => null)
  return text === null ? null : JSON.parse(text)
}
