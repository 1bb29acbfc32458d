// npm run test:hot-video: a cluster on real servers under a steady stream, of which one video suddenly has most. It
// must be split within two minutes and merged again when it has cooled, with every count exact. Exit 1 otherwise.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { commandLine } from '../../lib/command-line.ts'
import { number, text, wholeNumber } from '../../lib/flags.ts'
import { freePort } from '../../lib/free-port.ts'
import { interruption, unlessAborted } from '../../lib/interruption.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import { type Client, createClient } from '../../sdk/src/node/index.ts'
import { Random } from '../../simulator/random.ts'
import { maxOverMean, readLoads } from './loads.ts'
import { type Mark, plotLoads } from './plot.ts'
import { HOT, HotTraffic } from './traffic.ts'

const PARTITIONS = 16
/** No partition may have more than so many times the mean, from so long after the video went viral. */
const RATIO_MAX = 1.5
const SPLIT_MS = 2 * MINUTE_MS
const TICK_MS = 50
const BATCH_MAX = 1_000
const IN_FLIGHT_MAX = 100
const START_TIMEOUT_MS = 600_000
const VISIBLE_MS_MAX = 600_000
const RETRY_FOR_EVER = { attemptsMax: 1e6, deadlineMs: 3_600_000, delayCapMs: 1_000 }
const CHECKERS = 16
const SHOWN_MAX = 20

const MINUTES = { least: 0, most: 600 }
const { values } = commandLine({
  usage: 'npm run test:hot-video -- [flags]',
  flags: {
    rate: wholeNumber('N', 'events per second, without copies', 20_000, { least: 100, most: 200_000 }),
    before: number('N', 'minutes of ordinary traffic before', 3, MINUTES),
    viral: number('N', 'minutes in which one video has 80 % of all events', 6, { least: 3, most: 600 }),
    after: number('N', 'minutes of ordinary traffic after: 14 for the merge', 14, MINUTES),
    kafka: wholeNumber('N', 'brokers: 1 or 3', 1, { least: 1, most: 3 }),
    seed: wholeNumber('N', 'decides the events', 1, { least: 0 }),
    plot: text('FILE', 'where to draw the load of each partition, as an SVG'),
  },
})

const interrupted = interruption()
const directory = await mkdtemp(join(tmpdir(), 'tally-hot-video-'))
let isSound = false
const cluster = await Cluster.start({
  dataDirectory: directory,
  port: await freePort(),
  brokers: values.kafka,
  cassandraNodes: 1,
  partitions: PARTITIONS,
  servers: { startTimeoutMs: START_TIMEOUT_MS },
  environment: { PROBE_INTERVAL_S: '0', HOT_VIDEO_EVENTS_PER_SECOND: '500' },
  signal: interrupted,
})
try {
  isSound = await unlessAborted(run(), interrupted)
} catch (error) {
  console.error(interrupted.aborted ? interrupted.reason.message : error)
} finally {
  await cluster.stop()
  if (isSound) await rm(directory, { recursive: true, force: true })
  else console.error(`What the servers and services wrote is in ${directory}.`)
}
process.exit(isSound ? 0 : 1)

async function run(): Promise<boolean> {
  const client = createClient({ url: cluster.url, retry: RETRY_FOR_EVER })
  const traffic = new HotTraffic(new Random(values.seed))
  await send(client, traffic, values.before * MINUTE_MS)
  const viralMs = Date.now()
  traffic.isViral = true
  await send(client, traffic, values.viral * MINUTE_MS)
  const coolMs = Date.now()
  traffic.isViral = false
  await send(client, traffic, values.after * MINUTE_MS)
  const layouts = await hotLayouts()
  for (const { atMs, name } of layouts) console.log(`${new Date(atMs).toISOString()}: ${name}`)
  const isExact = await counted(client, traffic)
  const loads = await readLoads(cluster.endpoints.kafka!, 'tally')
  const marks = [{ atMs: viralMs, name: 'viral' }, { atMs: coolMs, name: 'over' }, ...layouts]
  const title = `One video with 80 % of ${values.rate} events a second, on Kafka`
  if (values.plot !== null) await writeFile(values.plot, plotLoads(loads, marks, title))
  const firstSplit = layouts.find(({ atMs }) => atMs > viralMs)
  console.log(
    `split ${firstSplit ? Math.round((firstSplit.atMs - viralMs) / 1_000) : 'never'} s after it went viral`,
  )
  const before = maxOverMean(loads, viralMs, viralMs + MINUTE_MS)
  console.log(`its first minute: ${before?.toFixed(2)} times the mean`)
  let worst = 0
  for (let ms = viralMs + SPLIT_MS; ms + MINUTE_MS <= coolMs; ms += MINUTE_MS)
    worst = Math.max(worst, maxOverMean(loads, ms, ms + MINUTE_MS) ?? 0)
  console.log(
    `after two minutes: at most ${worst.toFixed(2)} times the mean in a minute (allowed: ${RATIO_MAX})`,
  )
  const isMerged = layouts.some(({ name, atMs }) => name === 'merged' && atMs > coolMs)
  if (values.after >= 14) console.log(isMerged ? 'merged again' : 'NOT merged again')
  return isExact && worst > 0 && worst <= RATIO_MAX && (isMerged || values.after < 14)
}

/** Events that could not be sent in time are not sent later; each batch is sent until it is resolved. */
async function send(client: Client, traffic: HotTraffic, forMs: number): Promise<void> {
  const inFlight = new Set<Promise<unknown>>()
  const startMs = performance.now()
  let made = 0
  while (performance.now() - startMs < forMs) {
    const due = Math.floor(((performance.now() - startMs) / 1_000) * values.rate) - made
    made += due
    const size = Math.min(due, Math.ceil((4 * values.rate * TICK_MS) / 1_000))
    const samples = traffic.next(size, Date.now())
    for (let i = 0; i < samples.length; i += BATCH_MAX) {
      const batch = samples.slice(i, i + BATCH_MAX)
      const events = batch.map(({ id, videoId, timeMs }) => ({ id, videoId, type: 'view', time: timeMs }))
      const sending: Promise<unknown> = client.processEvents(events).finally(() => inFlight.delete(sending))
      inFlight.add(sending)
    }
    await sleep(TICK_MS)
    while (inFlight.size >= IN_FLIGHT_MAX) await Promise.race(inFlight)
  }
  await Promise.all(inFlight)
}

async function counted(client: Client, { truth, videoIds, made, copies }: HotTraffic): Promise<boolean> {
  const sentMs = Date.now()
  const untilMs = performance.now() + VISIBLE_MS_MAX
  for (let current = 0; current < CHECKERS; ) {
    const { meta } = await client.getStats(HOT, 'view', 'count')
    current = Date.parse(meta.asOf ?? '') > sentMs && !meta.stale ? current + 1 : 0
    if (performance.now() > untilMs) throw new Error('The counts do not become current.')
    if (current === 0) await sleep(200)
  }
  const minutes = Array.from(truth.keys(), (key) => Number(key.split(' ')[1]))
  const fromMs =
    minutes.reduce((least, minute) => Math.min(least, minute), Number.POSITIVE_INFINITY) * MINUTE_MS
  const toMs = (minutes.reduce((most, minute) => Math.max(most, minute), 0) + 1) * MINUTE_MS
  const faults: string[] = []
  const left = Array.from(videoIds)
  const check = async () => {
    for (let videoId = left.pop(); videoId !== undefined; videoId = left.pop()) {
      const { series } = await client.getStats(videoId, 'view', 'count', fromMs, toMs, {
        granularity: 'PT1M',
      })
      for (const { time, value } of series!) {
        const wanted = truth.get(`${videoId} ${Date.parse(time) / MINUTE_MS}`) ?? 0
        if (value !== wanted) faults.push(`${videoId} ${time}: ${value}, not ${wanted}`)
      }
    }
  }
  await Promise.all(Array.from({ length: CHECKERS }, check))
  for (const fault of faults.slice(0, SHOWN_MAX)) console.log(fault)
  const exact = faults.length === 0 ? 'exact' : `${faults.length} minutes are NOT exact`
  console.log(`${made} events and ${copies} copies of ${videoIds.size} videos: ${exact}`)
  return faults.length === 0
}

type Shown = {
  readonly from: string
  readonly splits: readonly { readonly video: string; readonly parts: number }[]
}

/** When the hot video was split and merged. */
async function hotLayouts(): Promise<Mark[]> {
  const answer = await fetch(`${cluster.url}/v1/admin/layouts`)
  const { layouts } = (await answer.json()) as { layouts: readonly Shown[] }
  const marks: Mark[] = []
  let parts = 1
  for (const { from, splits } of [...layouts].reverse()) {
    const now = splits.find(({ video }) => video === HOT)?.parts ?? 1
    if (now !== parts) marks.push({ atMs: Date.parse(from), name: now > 1 ? `split into ${now}` : 'merged' })
    parts = now
  }
  return marks
}
