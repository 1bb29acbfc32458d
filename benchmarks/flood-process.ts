// One flood of events of one minute through the production driver, in its own process, and its cost:
// node flood-process.ts ids|videos random|chosen EVENTS prints it as JSON.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { SettingsReader } from '../lib/settings-reader.ts'
import { systemClock } from '../lib/system-clock.ts'
import { murmur3x86_32, murmur3x86_128 } from '../model/murmur3.ts'
import { RecordBuilder } from '../schemas/record.ts'
import { loadSchemas } from '../schemas/schema-set.ts'
import { SourceDriver } from '../services/processing/driver.ts'
import { readDriverSettings } from '../services/processing/driver-settings.ts'
import { lanesOn } from '../services/processing/lanes.ts'
import { MemoryCounts } from '../testing/memory-counts.ts'
import { MemoryLog } from '../testing/memory-log.ts'
import { NAME_KEY } from './workload.ts'

export type Flood = { readonly cpuSeconds: number; readonly stallMs: number }

type Name = { readonly videoId: string; readonly id: string }

const VIDEO = 'launch-film'
const TEXT_BYTES = 16
const SEGMENTS = 16
/** All chosen names are in one of this many parts of a segment or table. */
const PLACES = 4
/** The size of a table for 100,000 rows. */
const TABLE_SLOTS = 2 ** 18
const EVENTS_PER_RECORD = 500
const POLL_MS = 5

const [what, form, wanted] = process.argv.slice(2)
const events = Number(wanted)
const names = form === 'random' ? take(() => true) : take(what === 'ids' ? meetsInSet() : meetsInTable())
const clock = systemClock

/** A log on a disk or in a network gives the event loop a turn with each read. */
class DistantLog extends MemoryLog {
  override async read(...args: Parameters<MemoryLog['read']>) {
    await setImmediate()
    return super.read(...args)
  }
}

const log = new DistantLog({ clock, partitions: 1 })
const counts = new MemoryCounts()
const driver = await filledDriver()
globalThis.gc!()
const before = process.cpuUsage()
const running = driver.run()
let stallMs = 0
while ((driver.state?.ledger.events ?? 0) < events) {
  const askedMs = performance.now()
  await clock.sleep(POLL_MS)
  stallMs = Math.max(stallMs, performance.now() - askedMs - POLL_MS)
}
const { user, system } = process.cpuUsage(before)
driver.stop()
await running
assert.equal(driver.checkpoint!.ledger.counted, events)
const flood: Flood = { cpuSeconds: (user + system) / 1e6, stallMs }
console.log(JSON.stringify(flood))

/** The first texts in order whose bytes meet the condition, as names. */
function take(meets: (text: Buffer) => boolean): Name[] {
  const taken: Name[] = []
  const text = Buffer.alloc(TEXT_BYTES)
  for (let i = 0; taken.length < events; i++) {
    text.write(i.toString(36).padStart(TEXT_BYTES, '0'), 'latin1')
    if (!meets(text)) continue
    const name = text.toString('latin1')
    taken.push(what === 'ids' ? { videoId: VIDEO, id: name } : { videoId: name, id: '1' })
  }
  return taken
}

/** At the beginning of one of sixteen segments, where the set of earlier versions put an id of this video. */
function meetsInSet(): (id: Buffer) => boolean {
  const seed = publicHash(Buffer.from(VIDEO))
  const words = new Uint32Array(4)
  return (id) => {
    murmur3x86_128(id, 0, id.length, seed, words, 0)
    return words[3]! % SEGMENTS === 0 && words[0]! < 2 ** 32 / PLACES
  }
}

/** In the lowest slots, however large the table: where earlier versions put this video's views. */
function meetsInTable(): (videoId: Buffer) => boolean {
  const type = Buffer.from('\x08view')
  return (videoId) => {
    const hash = murmur3x86_32(type, 0, type.length, publicHash(videoId))
    return hash % TABLE_SLOTS < TABLE_SLOTS / (SEGMENTS * PLACES)
  }
}

function publicHash(videoId: Buffer): number {
  const bytes = Buffer.concat([Buffer.of(0, 2 * videoId.length), videoId])
  return murmur3x86_32(bytes, 0, bytes.length, 0)
}

async function filledDriver(): Promise<SourceDriver> {
  const builder = new RecordBuilder()
  const timeMs = clock.nowMs()
  const nothing = { valueThousandths: null, viewerId: null, channelId: null, attributes: null, source: null }
  for (const [i, name] of names.entries()) {
    builder.add({ tenant: '', type: 'view', ...name, timeMs, ...nothing })
    if ((i + 1) % EVENTS_PER_RECORD > 0 && i + 1 < names.length) continue
    await log.append('events', 0, builder.finish())
    builder.reset()
  }
  const [source] = await log.sources('events')
  const ports = {
    ...{ log, counts, clock, lanes: lanesOn(log), hints: null, snapshots: null },
    ...{ schemas: loadSchemas(), nameKey: NAME_KEY, random: Math.random, onRetry: () => {} },
  }
  return new SourceDriver(source!, ports, readDriverSettings(new SettingsReader({}), false))
}
