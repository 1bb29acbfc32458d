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

/** What is promised of `track`, by the columns of the tables. */
const PROMISES = { 'CPU-s per million': 12, 'growth, MiB': 100, 'median, ms': 50 } as const

const { quick } = scaleOf(process.argv)
const streamed = quick ? 5_000 : 100_000
const listed = quick ? 20_000 : MILLION
if (!quick) installPeers()

const sink = spawn(process.execPath, [SINK], { stdio: ['ignore', 'pipe', 'inherit'] })
const [url] = (await once(createInterface(sink.stdout), 'line')) as [string]

async function measure(sender: string, events: number): Promise<Row> {
  const cost = await processAnswer<SendingCost>(FILE, [url, sender, events])
  const counted = (await (await fetch(`${url}/counted`)).json()) as Counted
  if (!(sender in PEERS)) assert.equal(counted.events, events, sender)
  console.log(`${sender}: ${cost.cpuSeconds.toFixed(1)} CPU-s`)
  return {
    client: sender,
    events,
    arrived: counted.events,
    'CPU-s per million': (cost.cpuSeconds / events) * MILLION,
    'events/s': Math.round(events / cost.seconds),
    'growth, MiB': Math.round(cost.growthBytes / MIB),
    'events a request': Math.round(counted.events / counted.requests),
    'bytes an event': Math.round(counted.wireBytes / counted.events),
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
  return Object.entries(PROMISES).map(([column, most]) => {
    const rows = column in flushes[0]! ? flushes : sent
    const figure = (client: string) => rows.find((row) => row.client === client)![column]!
    const isKept = Number(figure(OUR_FLUSHER)) <= most
    const figures = Object.fromEntries(clients.map((client) => [client, figure(client)]))
    return { 'promised of track': column, 'at most': most, kept: isKept ? 'yes' : 'no', ...figures }
  })
}

try {
  const rows: Row[] = []
  for (const sender of Object.keys(OURS)) rows.push(await measure(sender, streamed))
  rows.push(await measure(ONE_LIST, listed))
  for (const sender of quick ? [] : Object.keys(PEERS)) rows.push(await measure(sender, streamed))
  print('sdk: sending events to a server that only counts them', rows)
  const flushes: Row[] = []
  for (const client of quick ? [OUR_FLUSHER] : Object.keys(FLUSHERS)) flushes.push(await measureFlush(client))
  print('sdk: waiting for a flush', flushes)
  print('sdk: what is promised of track, on a machine at rest', promised(rows, flushes))
} finally {
  sink.kill()
}
