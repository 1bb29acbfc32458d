// What it costs a program to send a million events, and how long it waits for a flush: through the SDK, and through
// four other clients, to a server in another process that only counts. Of ours every event must arrive once; what
// arrives of the others is shown.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { MIB } from '../lib/byte-units.ts'
import { processAnswer } from './process-answer.ts'
import { median } from './race.ts'
import { print, type Row } from './report.ts'
import { scaleOf } from './scale.ts'
import type { FlushCost } from './sdk-flush-process.ts'
import { FLUSHERS, OUR_FLUSHER } from './sdk-flushes.ts'
import { installPeers } from './sdk-peers.ts'
import type { SendingCost } from './sdk-process.ts'
import { ONE_LIST, OURS, PEERS } from './sdk-senders.ts'
import type { Counted } from './sdk-sink-process.ts'

const FILE = new URL('./sdk-process.ts', import.meta.url)
const FLUSH_FILE = new URL('./sdk-flush-process.ts', import.meta.url)
const SINK = fileURLToPath(new URL('./sdk-sink-process.ts', import.meta.url))
const MILLION = 1_000_000
const FLUSHED = 1_000
/** How much of its garbage V8 has collected at the peak is chance, so the median of some runs is taken of ours. */
const OUR_RUNS = 5

/** What is promised of `track`, by the columns of the tables. */
const PROMISES = { 'CPU-s per million': 12, 'growth, MiB': 100, 'median, ms': 50 } as const
/** Of processEvents, for one list of a million. */
const ONE_LIST_GROWTH_MIB_MAX = 150

const { quick } = scaleOf(process.argv)
const streamed = quick ? 5_000 : 100_000
const listed = quick ? 20_000 : MILLION
if (!quick) installPeers()

const sink = spawn(process.execPath, [SINK], { stdio: ['ignore', 'pipe', 'inherit'] })
const [url] = (await once(createInterface(sink.stdout), 'line')) as [string]

async function run(sender: string, events: number): Promise<SendingCost & Counted> {
  const cost = await processAnswer<SendingCost>(FILE, [url, sender, events])
  const counted = (await (await fetch(`${url}/counted`)).json()) as Counted
  if (!(sender in PEERS)) assert.equal(counted.events, events, sender)
  console.log(`${sender}: ${cost.cpuSeconds.toFixed(1)} CPU-s`)
  return { ...cost, ...counted }
}

async function measure(sender: string, sent: number, runs: number): Promise<Row> {
  const costs: (SendingCost & Counted)[] = []
  for (let i = 0; i < runs; i++) costs.push(await run(sender, sent))
  const middle = (figure: (cost: SendingCost & Counted) => number) => median(costs.map(figure))
  const arrived = middle(({ events }) => events)
  return {
    client: sender,
    events: sent,
    arrived,
    'CPU-s per million': (middle(({ cpuSeconds }) => cpuSeconds) / sent) * MILLION,
    'events/s': Math.round(sent / middle(({ seconds }) => seconds)),
    'growth, MiB': Math.round(middle(({ growthBytes }) => growthBytes) / MIB),
    'events a request': Math.round(arrived / middle(({ requests }) => requests)),
    'bytes an event': Math.round(middle(({ wireBytes }) => wireBytes) / arrived),
  }
}

/** What is not there when the flush ends was not flushed. */
async function measureFlush(client: string): Promise<Row> {
  const { medianMs, firstMs, arrivedMin } = await processAnswer<FlushCost>(FLUSH_FILE, [url, client, FLUSHED])
  if (client === OUR_FLUSHER) assert.equal(arrivedMin, FLUSHED, client)
  console.log(`${client}: flushed in ${medianMs.toFixed(0)} ms`)
  return {
    client,
    captured: FLUSHED,
    'arrived when flush ends': arrivedMin,
    'median, ms': Math.round(medianMs),
    'first, ms': Math.round(firstMs),
  }
}

/** Each promise beside what every client needs: of the flush of 1,000 events its median. */
function promised(sent: readonly Row[], flushes: readonly Row[]): Row[] {
  const clients = [OUR_FLUSHER, ...(quick ? [] : Object.keys(PEERS))]
  const oneList = sent.find(({ client }) => client === ONE_LIST)!['growth, MiB']!
  const ofOneList = {
    promised: `${ONE_LIST}: growth, MiB`,
    'at most': ONE_LIST_GROWTH_MIB_MAX,
    kept: Number(oneList) <= ONE_LIST_GROWTH_MIB_MAX ? 'yes' : 'no',
    ours: oneList,
  }
  const ofTrack = Object.entries(PROMISES).map(([column, most]) => {
    const rows = column in flushes[0]! ? flushes : sent
    const figure = (client: string) => rows.find((row) => row.client === client)![column]!
    const isKept = Number(figure(OUR_FLUSHER)) <= most
    const figures = Object.fromEntries(
      clients.map((client) => [client === OUR_FLUSHER ? 'ours' : client, figure(client)]),
    )
    return { promised: `${OUR_FLUSHER}: ${column}`, 'at most': most, kept: isKept ? 'yes' : 'no', ...figures }
  })
  return [...ofTrack, ofOneList]
}

try {
  const rows: Row[] = []
  for (const sender of Object.keys(OURS)) rows.push(await measure(sender, streamed, OUR_RUNS))
  rows.push(await measure(ONE_LIST, listed, 1))
  for (const sender of quick ? [] : Object.keys(PEERS)) rows.push(await measure(sender, streamed, 1))
  print('sdk: sending events to a server that only counts them', rows)
  const flushes: Row[] = []
  for (const client of quick ? [OUR_FLUSHER] : Object.keys(FLUSHERS)) flushes.push(await measureFlush(client))
  print('sdk: waiting for a flush', flushes)
  print('sdk: what is promised, on a machine at rest', promised(rows, flushes))
} finally {
  sink.kill()
}
