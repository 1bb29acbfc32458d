// Random batches with everything that the log may produce: copies across sources, lanes and types, times at every
// boundary, values of all kinds, ranges stored twice and in part.
import fc from 'fast-check'
import { HOUR_MS } from '../model/bucket.ts'
import type { Origin, RawBatch, RawEvent } from '../stores/archive/archive.ts'
import { AHEAD_MS, DAY, HORIZON_MS } from './archive-fixture.ts'

const SOURCES: readonly (readonly [sourceId: string, origin: Origin])[] = [
  ['a-0', 'events'],
  ['b-0', 'events'],
  ['o-0', 'events-overflow'],
  ['c-0', 'events-late'],
  ['a-1', 'events-late'],
  ['file', 'import'],
]
const START_MS = DAY * 60_000

const VALUES = ['', 'DE', 'de', '日本', '🎬', '\ufeffDE', 'a"b\\c', 'other', "o'x"]
const ATTRIBUTES = [
  ...VALUES.map((country) => JSON.stringify({ device: 'tv', country })),
  '{}',
  '{"device":"tv"}',
  '{"Country":"DE","country.code":"FR","country/code":"PT","__proto__":"x"}',
]

const time = fc
  .tuple(fc.constantFrom(0, 59, 60, 1_440), fc.constantFrom(0, 1, 59_999))
  .map(([minute, ms]) => START_MS + minute * 60_000 + ms)

const age = fc.oneof(
  fc.constantFrom(-AHEAD_MS - 1, -AHEAD_MS, -1, 0, 1, HORIZON_MS - 1, HORIZON_MS, HORIZON_MS + 1),
  fc.integer({ min: -HOUR_MS, max: HOUR_MS }),
)

const event = fc
  .record({
    tenant: fc.constantFrom('', 't'),
    videoId: fc.constantFrom('v', '\ufeffv'),
    type: fc.constantFrom('view', 'like'),
    id: fc.constantFrom('a', 'b'),
    source: fc.constantFrom(null, null, '/a', '/b'),
    timeMs: time,
    age,
    valueThousandths: fc.constantFrom(null, 0, 1, -1, 1e12, -1e12, 123_456),
    attributes: fc.constantFrom(null, ...ATTRIBUTES),
    /** Starts a new record instead of continuing the last one. */
    starts: fc.boolean(),
  })
  .map(({ age, ...rest }) => ({ ...rest, logTimeMs: rest.timeMs + age }))

/** Consecutive ranges of a source, and some of them repeated. */
const batchesOfSource = fc
  .tuple(
    fc.constantFrom(...SOURCES),
    fc.array(event, { minLength: 1, maxLength: 25 }),
    fc.array(fc.tuple(fc.nat(24), fc.nat(24)), { maxLength: 4 }),
  )
  .map(([[sourceId, origin], drawn, again]) => {
    const events = inRecords(drawn, origin)
    const end = events.at(-1)!.offset + 1
    const ranges = [
      [0, end] as const,
      ...again.map(([a, b]) => [Math.min(a, b), Math.max(a, b) + 1] as const),
    ]
    return ranges.map(([fromOffset, toOffset]): RawBatch => {
      const some = events.filter(({ offset }) => offset >= fromOffset && offset < toOffset)
      return { sourceId, origin, fromOffset, toOffset, events: some }
    })
  })

/** Every source at most once, because its offsets identify its events. */
export const arbitraryBatches = fc
  .uniqueArray(batchesOfSource, {
    selector: ([first]) => first!.sourceId,
    minLength: 1,
    maxLength: SOURCES.length,
  })
  .map((batches) => batches.flat())

type Drawn = Omit<RawEvent, 'offset' | 'index' | 'viewerId' | 'channelId'> & {
  starts: boolean
}

function inRecords(drawn: readonly Drawn[], origin: Origin): RawEvent[] {
  const events: RawEvent[] = []
  for (const { starts, ...fields } of drawn) {
    const last = events.at(-1)
    const goesOn = last !== undefined && !starts
    const offset = goesOn ? last.offset : (last?.offset ?? -1) + 1
    const logTimeMs = origin === 'import' ? 0 : goesOn ? last.logTimeMs : fields.logTimeMs
    const index = goesOn ? last.index + 1 : 0
    events.push({ ...fields, viewerId: null, channelId: null, offset, index, logTimeMs })
  }
  return events
}
