// npm run test:batch: the whole product in one process, killed again and again while it takes fresh, late, repeated
// and bad events; then every minute, hour and day, breakdowns, the audit and the ledger are compared with the truth.
// Exit 1 if anything differs. Unreadable records cannot be sent from outside, because the front door refuses them: the
// simulator covers them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readInfraSettings } from '../../infra/settings.ts'
import { installSpark } from '../../infra/spark/install-spark.ts'
import { helpIfAsked } from '../../lib/command-line.ts'
import { helpText, UsageFault } from '../../lib/flags-reader.ts'
import { createClient } from '../../sdk/src/node/index.ts'
import { Random } from '../../simulator/random.ts'
import { Killer, killPoints } from '../../tools/replay/kills.ts'
import { ServerProcess } from '../../tools/replay/server-process.ts'
import { COMMAND, type Options, parseOptions } from './batch-options.ts'
import { auditFaults, checkCounts } from './check.ts'
import { checkBreakdowns } from './check-breakdowns.ts'
import { checkHours } from './check-hours.ts'
import { audit, untilHourIsClosed, untilRecounted } from './product.ts'
import { type Handed, sendAll } from './send.ts'
import { HORIZON_MS } from './traffic.ts'

const SERVER = fileURLToPath(new URL('../../services/standalone/main.ts', import.meta.url))
const SETTINGS = {
  HOST: '127.0.0.1',
  HORIZON_MS: String(HORIZON_MS),
  RECONCILE_INTERVAL_MS: '500',
  ARCHIVE_FLUSH_MS: '1000',
  ARCHIVE_LATE_FLUSH_MS: '500',
  SNAPSHOT_INTERVAL_MS: '2000',
  PROBE_INTERVAL_S: '0',
}
const RIDE_OUT = { attemptsMax: Number.POSITIVE_INFINITY, deadlineMs: 120_000, delayCapMs: 500 }
const LAST_KILL_MS_MAX = 1_500
const SEEDS = 1e9
const FAULTS_SHOWN = 50

const ending = new AbortController()
helpIfAsked(COMMAND)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => ending.abort(new Error(`stopped by ${signal}`)))
}
try {
  const options = parseOptions(process.argv.slice(2), Math.floor(Math.random() * SEEDS))
  console.log(`seed ${options.seed}: ${options.events} events, ${options.kills} kills`)
  process.exitCode = (await prove(options)) ? 0 : 1
} catch (error) {
  if (error instanceof UsageFault) console.error(`${error.message}\n\n${helpText(COMMAND)}`)
  else console.error(ending.signal.aborted ? ending.signal.reason : error)
  process.exitCode = 1
}

async function prove(options: Options): Promise<boolean> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tally-batch-'))
  const onCrash = (fault: Error) => ending.abort(fault)
  const server = new ServerProcess({
    command: [process.execPath, SERVER],
    dataDir,
    environment: { ...SETTINGS, ...(options.engine === 'spark' && (await sparkSettings())) },
    onCrash,
  })
  let sound = false
  try {
    await server.start()
    const faults = await run(server, options)
    for (const fault of faults.slice(0, FAULTS_SHOWN)) console.log(fault)
    if (faults.length > FAULTS_SHOWN) console.log(`… and ${faults.length - FAULTS_SHOWN} more`)
    sound = faults.length === 0
  } finally {
    await server.stop()
    if (sound) await rm(dataDir, { recursive: true })
    else console.error(`What the server kept is in ${dataDir}.`)
  }
  return sound
}

async function sparkSettings() {
  const { home, python } = await installSpark(readInfraSettings(process.env).programs)
  return { RECOUNT_ENGINE: 'spark', SPARK_HOME: home, SPARK_MIB_MAX: '1024', PYSPARK_PYTHON: python }
}

/** What is wrong, one line each. */
async function run(server: ServerProcess, { events, seed, kills, wholeHours }: Options): Promise<string[]> {
  const { signal } = ending
  const client = createClient({ url: server.url, retry: RIDE_OUT, timeoutMs: 30_000 })
  const random = new Random(seed)
  const chance = new Random(seed + 1)
  const points = [
    ...killPoints(Math.max(0, kills - 1), events, chance.next),
    ...(kills > 0 ? [Infinity] : []),
  ]
  const killer = new Killer(
    points,
    () => server.killAndRestart(),
    (error) => ending.abort(error),
  )
  const handed = await sendAll(client, random, events, (acked) => killer.progress(acked), signal)
  await sleep(chance.int(0, LAST_KILL_MS_MAX), undefined, { signal })
  killer.progress(Infinity) // while the last events are archived and recounted
  await killer.settled()
  tellSent(handed, killer.downMs)
  const startMs = performance.now()
  await untilRecounted(server.url, handed.lastMs, signal)
  console.log(`archived and recounted ${seconds(performance.now() - startMs)} s after the last of it`)
  if (wholeHours) await untilHourIsClosed(server.url, handed.lastMs, signal)
  const { compared, differences } = await checkCounts(client, handed.truth, signal)
  const brokenDown = await checkBreakdowns(client, handed.truth.range, handed.byAttribute, signal)
  const byHour = await checkHours(client, handed.truth.range, handed.byAttribute, signal)
  const answer = await audit(server.url, signal)
  console.log(`${compared} counts and sums of minutes, hours, days compared: ${differences.length} differ`)
  console.log(
    `${brokenDown.compared} rows and totals by attributes compared: ${brokenDown.differences.length} differ`,
  )
  console.log(`${byHour.compared} hours of rows of all videos compared: ${byHour.differences.length} differ`)
  console.log(`the audit: ${JSON.stringify(answer.strong?.totals)}`)
  const all = [...differences, ...brokenDown.differences, ...byHour.differences]
  return [...handed.faults, ...auditFaults(answer, handed), ...all]
}

function tellSent({ truth, late, copies, rejected, seconds: took }: Handed, downMs: readonly number[]): void {
  const all = truth.events + copies + rejected
  console.log(`sent ${all} in ${took.toFixed(1)} s, ${Math.round(all / took)} a second:`)
  console.log(`  ${truth.events} events, ${late} of them late; ${copies} copies, ${rejected} refused`)
  if (downMs.length === 0) return
  const longest = Math.max(...downMs)
  console.log(`  killed ${downMs.length} times, away for ${seconds(longest)} s at most`)
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}
