// The command line of `npm run load`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { commandLine, misused } from '../../lib/command-line.ts'
import { durationMs } from '../../load-tests/lib/durations.ts'

export type Options = {
  /** A path. */
  readonly script: string
  readonly name: string
  readonly target: 'embedded' | 'cluster'
  /** The URL of an existing system, instead of a target. */
  readonly url: string | null
  readonly metricsUrls: readonly string[]
  readonly apiKey: string | null
  /** The script's __ENV. */
  readonly env: Readonly<Record<string, string>>
  readonly workers: number
  readonly faultEveryMs: number | null
  readonly out: string
}

export const SCRIPTS = [
  'smoke',
  'load',
  'stress',
  'soak',
  'spike',
  'browsers',
  'queries-with-ingest',
] as const

const USAGE = `npm run load -- SCRIPT [flags]        ${SCRIPTS.join(', ')} or a file
npm run load -- verify SUMMARY.json   the exactness check after a run of k6 itself

  --target embedded|cluster   start npm start, or the whole cluster, for this run (default embedded)
  --url URL                   a system of your own instead
  --metrics URL               the metrics of one of its processes; may be repeated
  --api-key KEY               the API key, if keys are on
  --rate N                    events per second
  --duration TIME             like 90s or 10m
  --videos N                  number of videos
  -e, --env NAME=VALUE        any other setting of the script
  --fault-every TIME          inject a fault into the target (default 5m in soak, else off)
  --workers N                 threads that send (default 1)
  --out PREFIX                the report is PREFIX.json and PREFIX.html (default artifacts/load/SCRIPT)

load-tests/README.md says what each script is for. Exit code 1 if a threshold is not kept or a count is not exact.`

const DIRECTORY = new URL('../../load-tests/', import.meta.url)
const FAULT_EVERY_OF_SOAK = '5m'
const WORKERS_MAX = 16

export type Command =
  | { readonly kind: 'run'; readonly options: Options }
  | {
      readonly kind: 'verify'
      readonly summary: string
      readonly url: string | null
      readonly apiKey: string | null
    }

/** Does not return if the command is used wrongly. */
export function readCommand(): Command {
  const { values, positionals } = commandLine(USAGE, {
    allowPositionals: true,
    options: {
      target: { type: 'string', default: 'embedded' },
      url: { type: 'string' },
      metrics: { type: 'string', multiple: true, default: [] },
      'api-key': { type: 'string' },
      rate: { type: 'string' },
      duration: { type: 'string' },
      videos: { type: 'string' },
      env: { type: 'string', short: 'e', multiple: true, default: [] },
      'fault-every': { type: 'string' },
      workers: { type: 'string', default: '1' },
      out: { type: 'string' },
    },
  })
  const wrong = (fault: string) => misused(fault, USAGE)
  const { url = null, 'api-key': apiKey = null, target } = values
  const [first, summary] = positionals
  if (first === 'verify') {
    if (summary === undefined || positionals.length !== 2) return wrong('verify needs one summary')
    return { kind: 'verify', summary, url, apiKey }
  }
  if (first === undefined || positionals.length !== 1) return wrong('name one script')
  if (target !== 'embedded' && target !== 'cluster') return wrong('--target must be embedded or cluster')
  const { script, name } = scriptOf(first) ?? wrong(`there is no script ${first}`)
  const workers = Number(values.workers)
  if (!Number.isInteger(workers) || workers < 1 || workers > WORKERS_MAX) {
    return wrong(`--workers must be a whole number from 1 to ${WORKERS_MAX}`)
  }
  const every = values['fault-every'] ?? (name === 'soak' && url === null ? FAULT_EVERY_OF_SOAK : null)
  const env: Record<string, string> = {}
  for (const pair of values.env) {
    const at = pair.indexOf('=')
    if (at < 1) return wrong(`--env ${pair} is not NAME=VALUE`)
    env[pair.slice(0, at)] = pair.slice(at + 1)
  }
  for (const flag of ['rate', 'duration', 'videos'] as const) {
    if (values[flag] !== undefined) env[flag.toUpperCase()] = values[flag]
  }
  if (apiKey !== null) env.API_KEY = apiKey
  const faultEveryMs = every === null ? null : durationMs(every)
  const out = values.out ?? `artifacts/load/${name}`
  const metricsUrls = values.metrics
  return {
    kind: 'run',
    options: { script, name, target, url, metricsUrls, apiKey, env, workers, faultEveryMs, out },
  }
}

function scriptOf(text: string): { readonly script: string; readonly name: string } | null {
  if (SCRIPTS.some((name) => name === text)) {
    return { script: fileURLToPath(new URL(`${text}.ts`, DIRECTORY)), name: text }
  }
  if (!existsSync(text)) return null
  return {
    script: fileURLToPath(new URL(text, `file://${process.cwd()}/`)),
    name: text.replace(/^.*\/|\.[^.]*$/g, ''),
  }
}
