// Counts events of ten minutes across four sources in one form, in its own process, and prints its memory:
// node memory-process.ts FORM EVENTS
import assert from 'node:assert/strict'
import type { Event } from '../model/event.ts'
import { loadSchemas } from '../schemas/schema-set.ts'
import { Decoder } from '../services/processing/core/decode-record.ts'
import { CoreCounts } from './core-counts.ts'
import { StringMaps } from './naive-counts.ts'
import { type Arrival, arrivals, NAME_KEY, recordsOf } from './workload.ts'

export type MemoryUse = {
  readonly emptyBytes: number
  readonly rssBytes: number
  readonly entries: number
  readonly tableBytes: number | null
}

const SOURCES = 4
const SPAN_MS = 600_000
const CHUNK_EVENTS = 50_000
const START_MS = Date.UTC(2026, 0, 5, 12)

type Counter = {
  take(chunk: readonly Arrival[]): void
  readonly entries: number
  readonly tableBytes: number | null
}

const decoder = new Decoder(loadSchemas(), NAME_KEY)

function core(): Counter {
  const counts = new CoreCounts({ keepRows: false })
  const { state } = counts
  return {
    take(chunk) {
      const records = recordsOf(chunk).map((record) => ({
        ...record,
        offset: record.offset + state.nextOffset,
      }))
      for (const lot of decoder.decode(records)) counts.count(lot)
      counts.seal()
    },
    get entries() {
      return state.ledger.counted
    },
    get tableBytes() {
      return Array.from(state.minutes.values()).reduce((sum, { seen }) => sum + seen.byteLength, 0)
    },
  }
}

function strings(): Counter {
  const counts = new StringMaps()
  return {
    take(chunk) {
      for (const { event } of chunk) counts.count(JSON.parse(JSON.stringify(event)), 0)
      counts.seal()
    },
    get entries() {
      return counts.counted
    },
    tableBytes: null,
  }
}

/** A video's events go to one source. */
function sourceOf({ videoId }: Event): number {
  return Number(videoId.slice(-5)) % SOURCES
}

const [form, eventsWanted] = process.argv.slice(2)
const events = Number(eventsWanted)
const sources = Array.from({ length: SOURCES }, form === 'core' ? core : strings)
globalThis.gc!()
const emptyBytes = process.memoryUsage.rss()
let distinct = 0
for (let from = 0; from < events; from += CHUNK_EVENTS) {
  const startMs = START_MS + Math.floor((from * SPAN_MS) / events)
  const spanMs = (CHUNK_EVENTS * SPAN_MS) / events
  const chunk = arrivals({ events: CHUNK_EVENTS, spanMs, startMs, seed: from })
  distinct += new Set(chunk.map(({ event }) => event.id)).size
  for (const [i, source] of sources.entries()) source.take(chunk.filter(({ event }) => sourceOf(event) === i))
}
globalThis.gc!()
const entries = sources.reduce((sum, source) => sum + source.entries, 0)
assert.equal(entries, distinct)
const tableBytes = form === 'core' ? sources.reduce((sum, source) => sum + source.tableBytes!, 0) : null
const use: MemoryUse = { emptyBytes, rssBytes: process.memoryUsage.rss(), entries, tableBytes }
console.log(JSON.stringify(use))
