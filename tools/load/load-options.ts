// The command line of `npm run load`.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { commandLine, misused } from '../../lib/command-line.ts'
import { type Flag, oneOf, parsed, text, texts, wholeNumber } from '../../lib/flags.ts'
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

const COMMAND = {
  usage: `npm run load -- SCRIPT [flags]        ${SCRIPTS.join(', ')} or a file
npm run load -- verify SUMMARY.json   the exactness check after a run of k6 itself`,
  flags: {
    target: oneOf('embedded|cluster', 'start npm start, or the whole cluster, for this run', 'embedded', [
      'embedded',
      'cluster',
    ]),
    url: text('URL', 'a system of your own instead'),
    metrics: texts('URL', 'the metrics of one of its processes; may be repeated'),
    'api-key': text('KEY', 'the API key, if keys are on'),
    rate: text('N', 'events per second'),
    duration: text('TIME', 'like 90s or 10m'),
    videos: text('N', 'number of videos'),
    env: {
      placeholder: 'NAME=VALUE',
      help: 'any other setting of the script',
      short: 'e',
      fallback: [],
      parse: variablesOf,
    } satisfies Flag<[string, string][]>,
    'fault-every': parsed(
      'TIME',
      'inject a fault into the target (default 5m in soak, else off)',
      null,
      durationMs,
    ),
    workers: wholeNumber('N', 'threads that send', 1, { least: 1, most: 16 }),
    out: text('PREFIX', 'the report is PREFIX.json and PREFIX.html (default artifacts/load/SCRIPT)'),
  },
  takesOperands: true,
  notes: `load-tests/README.md says what each script is for.
Exit code 1 if a threshold is not kept or a count is not exact.`,
} as const

const DIRECTORY = new URL('../../load-tests/', import.meta.url)
const FAULT_EVERY_OF_SOAK_MS = durationMs('5m')

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
  const { values, operands } = commandLine(COMMAND)
  const wrong = (fault: string) => misused(fault, COMMAND)
  const { url, 'api-key': apiKey, target, metrics: metricsUrls, workers } = values
  const [first, summary] = operands
  if (first === 'verify') {
    if (summary === undefined || operands.length !== 2) return wrong('verify needs one summary')
    return { kind: 'verify', summary, url, apiKey }
  }
  if (first === undefined || operands.length !== 1) return wrong('name one script')
  const { script, name } = scriptOf(first) ?? wrong(`there is no script ${first}`)
  const faultEveryOwnMs = name === 'soak' && url === null ? FAULT_EVERY_OF_SOAK_MS : null
  const env: Record<string, string> = Object.fromEntries(values.env)
  for (const flag of ['rate', 'duration', 'videos'] as const) {
    if (values[flag] !== null) env[flag.toUpperCase()] = values[flag]
  }
  if (apiKey !== null) env.API_KEY = apiKey
  return {
    kind: 'run',
    options: {
      ...{ script, name, target, url, metricsUrls, apiKey, env, workers },
      faultEveryMs: values['fault-every'] ?? faultEveryOwnMs,
      out: values.out ?? `artifacts/load/${name}`,
    },
  }
}

function variablesOf(given: readonly string[]): [string, string][] {
  return given.map((pair) => {
    const at = pair.indexOf('=')
    if (at < 1) throw new Error(`${pair} is not NAME=VALUE`)
    return [pair.slice(0, at), pair.slice(at + 1)]
  })
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
