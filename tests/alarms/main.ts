// npm run test:alarms: every alert of infra/prometheus is raised by a real fault in a running system, watched by a real
// Prometheus, and cleared by what the runbook says. Exit 1 if one does not fire or clear, if one fires while nothing is
// wrong, or if a rule or panel asks for a metric that no process shows.
import { mkdtemp, rm } from 'node:fs/promises'
import { getPriority, setPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { InfraFault } from '../../infra/fault.ts'
import { commandLine } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { oneOf, text, wholeNumber } from '../../lib/flags.ts'
import { interruption, unlessAborted } from '../../lib/interruption.ts'
import { mapBounded } from '../../lib/map-bounded.ts'
import { CLUSTER_FAULTS } from './cluster-faults.ts'
import { startClusterWorld } from './cluster-world.ts'
import { EMBEDDED_FAULTS, type EmbeddedFault } from './embedded-faults.ts'
import { EmbeddedWorld } from './embedded-world.ts'
import { NOT_CAUSED } from './not-caused.ts'
import { installPrometheus } from './prometheus.ts'
import { namedMetrics } from './rule-files.ts'
import { FACTOR, factorOf, factorsInWords } from './scaled-rules.ts'
import { type Row, tableOf } from './table.ts'
import { type Trial, tryFault } from './trial.ts'

const { values } = commandLine({
  usage: 'npm run test:alarms [-- flags]',
  flags: {
    part: oneOf('PART', 'one process (embedded), or real servers (cluster)', 'all', [
      'embedded',
      'cluster',
      'all',
    ]),
    only: text('ALERT,…', 'only faults that raise one of these alerts'),
    factor: wholeNumber(
      'N',
      'durations of rules are divided by it; a busy machine needs a lower one',
      FACTOR,
      {
        ...{ least: 1, most: 60 },
      },
    ),
    'at-once': wholeNumber('N', 'how many embedded worlds run beside each other', 3, { least: 1, most: 16 }),
  },
})
const { part, only, factor } = values
const isWhole = part === 'all' && only === null
const wanted = only?.split(',')
const isMeant = ({ alerts }: { readonly alerts: readonly string[] }) =>
  wanted === undefined || alerts.some((alert) => wanted.includes(alert))
const rows: Row[] = []
const findings: string[] = []
const shown = new Set<string>()

/** Of this and of all that it starts, as by `nice`. */
const FIRST = -10
// What else runs on the machine must not decide what is seen. A priority that somebody chose stays.
try {
  if (getPriority() === 0) setPriority(FIRST)
} catch {
  console.log('This user may not raise priorities: on a busy machine, alerts may fire that nobody caused.')
}

const interrupted = interruption()
const directory = await mkdtemp(join(tmpdir(), 'tally-alarms-'))
try {
  await installPrometheus()
  for (const line of factorsInWords(factor)) console.log(line)
  if (part !== 'cluster') await tryEmbedded()
  if (part !== 'embedded') await tryCluster()
  interrupted.throwIfAborted()
  tell()
} catch (error) {
  console.error(error instanceof Fault ? `test:alarms: ${error.message}` : error)
  process.exitCode = 1
}
if (process.exitCode === undefined || process.exitCode === 0)
  await rm(directory, { recursive: true, force: true })
else console.error(`What processes and servers wrote is in ${directory}.`)
if (interrupted.aborted) process.exit(1) // a fault may be under way, in a world that is gone

async function tryEmbedded(): Promise<void> {
  await mapBounded(EMBEDDED_FAULTS.filter(isMeant), values['at-once'], tryOne)
}

async function tryOne(fault: EmbeddedFault): Promise<void> {
  if (interrupted.aborted) return
  const place = join(directory, fault.alerts[0]!)
  try {
    const world = await EmbeddedWorld.start(place, fault.world, factor, interrupted)
    try {
      note(await unlessAborted(tryFault(world, fault, say(fault)), interrupted))
      for (const name of await world.prometheus.names()) shown.add(name)
    } finally {
      await world.stop()
    }
  } catch (error) {
    if (error instanceof InfraFault && error.code !== 'did_not_start')
      console.log(`\nLEFT OUT: ${fault.name}. ${error.message}\n`)
    findings.push(faultOf(fault.name, error))
  }
}

async function tryCluster(): Promise<void> {
  const faults = CLUSTER_FAULTS.filter(isMeant)
  if (faults.length === 0) return
  const world = await startClusterWorld(join(directory, 'cluster'), factor, interrupted)
  try {
    for (const fault of faults) {
      interrupted.throwIfAborted()
      await unlessAborted(tryFault(world, fault, say(fault)), interrupted).then(note, (error) =>
        findings.push(faultOf(fault.name, error)),
      )
    }
    for (const name of await world.prometheus.names()) shown.add(name)
  } finally {
    await world.stop()
  }
}

function faultOf(name: string, error: unknown): string {
  return `${name}: ${error instanceof Error ? error.message : error}`
}

function say({ alerts }: { readonly alerts: readonly string[] }): (line: string) => void {
  return (line) => console.log(`${new Date().toISOString().slice(11, 19)} ${alerts[0]}: ${line}`)
}

function note(trial: Trial): void {
  rows.push(...trial.rows)
  findings.push(...trial.findings)
  for (const { alert, firesMs, clearsMs } of trial.rows)
    console.log(`${alert}: fires after ${firesMs?.toFixed()} ms, clears after ${clearsMs?.toFixed()} ms`)
  const others = new Set(trial.rows.flatMap((row) => row.others))
  if (others.size > 0) console.log(`beside them: ${Array.from(others).join(', ')}`)
}

function tell(): void {
  console.log(`\n${tableOf(rows, (alert) => factorOf({ alert }, factor))}\n`)
  for (const [alert, why] of Object.entries(NOT_CAUSED)) console.log(`not caused: ${alert}: ${why}`)
  const missing = namedMetrics().filter((name) => !shown.has(name))
  if (isWhole) findings.push(...missing.map((name) => `no process shows ${name}, which is asked for`))
  else console.log(`not shown in this part, but asked for: ${missing.join(', ') || 'nothing'}`)
  for (const finding of findings) console.log(`FOUND: ${finding}`)
  const seen = new Set(
    rows.filter(({ firesMs, clearsMs }) => firesMs !== null && clearsMs !== null).map((row) => row.alert),
  )
  console.log(`${seen.size} alerts were seen to fire and to clear; ${findings.length} findings`)
  if (findings.length > 0) process.exitCode = 1
}
