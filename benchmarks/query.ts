// How long getStats takes over HTTP where a video has a year of minutes, beside adding up the minutes one by one.
import assert from 'node:assert/strict'
import { openEmbeddedStores } from '../services/adapters/counts/embedded/embedded-stores.ts'
import { openDataDirectory } from '../services/adapters/data-directory.ts'
import { temporaryDirectory } from '../services/adapters/temporary-directory.ts'
import { MINUTE_MS, MINUTES_PER_DAY, minuteOf } from '../services/model/bucket.ts'
import { quantile } from './race.ts'
import { print, type Row } from './report.ts'
import { scaleOf } from './scale.ts'
import { ServerProcess } from './server-process.ts'

type Question = { readonly name: string; readonly days: number; readonly parameters: string }

const STANDALONE = new URL('../services/standalone/main.ts', import.meta.url)
const SERIES = { tenant: '', videoId: 'video-of-a-year', type: 'view' }
const SOURCE_ID = 'prefilled-0'
const ROWS_PER_WRITE = 20_000
/** No question starts on the hour. */
const ODD_MINUTES = 17

const { quick } = scaleOf(process.argv)
const daysHeld = quick ? 8 : 365
const asked = quick ? 50 : 1_000
const endMinute = minuteOf(Date.now()) - MINUTES_PER_DAY
const QUESTIONS: readonly Question[] = [
  { name: 'a day', days: 1, parameters: '' },
  { name: 'the whole time', days: daysHeld - 1, parameters: '' },
  { name: 'a day by PT1M', days: 1, parameters: '&granularity=PT1M' },
  { name: 'a week by PT1H', days: 7, parameters: '&granularity=PT1H' },
  { name: 'the whole time by P1D', days: daysHeld - 1, parameters: '&granularity=P1D' },
]

/** How many events minute number `i` of the prefilled time holds. */
function countAt(i: number): number {
  return 1 + (i % 7)
}

function expectedCount(startMinute: number): number {
  const held = daysHeld * MINUTES_PER_DAY
  let count = 0
  for (let i = startMinute - (endMinute - held); i < held; i++) count += countAt(i)
  return count
}

async function prefill(directory: string): Promise<void> {
  const { counts } = await openEmbeddedStores({ directory })
  const minutes = daysHeld * MINUTES_PER_DAY
  for (let from = 0; from < minutes; from += ROWS_PER_WRITE) {
    const rows = Array.from({ length: Math.min(ROWS_PER_WRITE, minutes - from) }, (_, k) => {
      const count = countAt(from + k)
      const total = {
        count,
        values: count,
        sum: BigInt(count) * 1_000n,
        min: 1_000,
        max: 1_000,
        upTo: from + k,
      }
      return { bucket: { ...SERIES, minute: endMinute - minutes + from + k }, total }
    })
    await counts.write(SOURCE_ID, rows)
  }
  await counts.close()
}

/** The time of each of `times` calls. */
async function timed(times: number, call: () => Promise<void>): Promise<number[]> {
  const timesMs: number[] = []
  for (let i = 0; i < times; i++) {
    const startedMs = performance.now()
    await call()
    timesMs.push(performance.now() - startedMs)
  }
  return timesMs
}

function toRow(name: string, form: string, timesMs: readonly number[]): Row {
  return { question: name, form, 'p50, ms': quantile(timesMs, 0.5), 'p99, ms': quantile(timesMs, 0.99) }
}

async function scanRows(directory: string): Promise<Row[]> {
  const { counts } = await openEmbeddedStores({ directory })
  const rows: Row[] = []
  for (const { name, days, parameters } of QUESTIONS) {
    if (parameters !== '') continue
    const from = endMinute - days * MINUTES_PER_DAY + ODD_MINUTES
    const timesMs = await timed(Math.ceil(asked / (10 * days)), async () => {
      const { periods } = await counts.read(SERIES, { resolution: 'minute', from, to: endMinute })
      const count = periods.reduce((sum, { aggregate }) => sum + aggregate.count, 0)
      assert.equal(count, expectedCount(from))
    })
    rows.push(toRow(name, 'every minute row, in process', timesMs))
  }
  await counts.close()
  return rows
}

async function ask(url: string): Promise<Row[]> {
  const rows: Row[] = []
  for (const { name, days, parameters } of QUESTIONS) {
    const from = endMinute - days * MINUTES_PER_DAY + ODD_MINUTES
    const expected = expectedCount(from)
    const range = `startTime=${from * MINUTE_MS}&endTime=${endMinute * MINUTE_MS}`
    const address = `${url}/v1/videos/${SERIES.videoId}/stats?eventType=view&function=count&${range}${parameters}`
    const call = async () => {
      const { value } = (await (await fetch(address)).json()) as { value: number }
      assert.equal(value, expected)
    }
    await timed(asked / 10, call) // warm it up
    rows.push(toRow(name, 'getStats over HTTP', await timed(asked, call)))
  }
  return rows
}

await using directory = await temporaryDirectory()
const { counts } = await openDataDirectory(directory.path)
await prefill(counts)
const scanned = await scanRows(counts)
const server = await ServerProcess.start(STANDALONE, { PORT: '0', DATA_DIR: directory.path })
try {
  print(`query: ${daysHeld} days of minutes`, [...(await ask(server.url)), ...scanned])
} finally {
  await server.stop()
}
