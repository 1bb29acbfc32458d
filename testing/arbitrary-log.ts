// Random parts of a source for property tests: copies, late and future events, noise, log time that steps back.
import fc from 'fast-check'
import { RecordBuilder } from '../schemas/record.ts'
import type { LogRecord } from '../stores/log/log.ts'
import { SETTINGS, timeOf } from './event-fixture.ts'

const { horizonMs, aheadMs } = SETTINGS
const NOISE = Uint8Array.of(7, 7, 7)

const ageMs = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 90_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: horizonMs - 2_000, max: horizonMs + 2_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: -aheadMs - 2_000, max: 0 }) },
)

const event = fc.record({
  videoId: fc.constantFrom('a', 'b', 'c'),
  type: fc.constantFrom('view', 'like'),
  id: fc.integer({ min: 0, max: 9 }).map(String),
  ageMs,
  valueThousandths: fc.option(fc.integer({ min: -5, max: 5 })),
  unreadable: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
})

const record = fc.record({
  passedMs: fc.oneof(fc.integer({ min: -3_000, max: 3_000 }), fc.integer({ min: 0, max: 120_000 })),
  gap: fc.integer({ min: 0, max: 9 }).map((n) => (n === 0 ? 2 : 1)),
  events: fc.array(event, { maxLength: 6 }),
  unreadable: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
})

type Drawn<T> = T extends fc.Arbitrary<infer U> ? U : never

export const arbitraryLog: fc.Arbitrary<LogRecord[]> = fc.array(record, { maxLength: 25 }).map((records) => {
  let offset = -1
  let logTimeMs = timeOf('12:00:00')
  return records.map(({ passedMs, gap, events, unreadable }) => {
    offset += gap
    logTimeMs += passedMs
    return { offset, logTimeMs, bytes: unreadable ? NOISE : toBytes(events, logTimeMs) }
  })
})

function toBytes(events: readonly Drawn<typeof event>[], logTimeMs: number): Uint8Array {
  const builder = new RecordBuilder()
  for (const { unreadable, ageMs, ...fields } of events) {
    const optional = { viewerId: null, channelId: null, attributes: null, source: null }
    if (unreadable) builder.addRaw(NOISE)
    else builder.add({ tenant: '', timeMs: logTimeMs - ageMs, ...fields, ...optional })
  }
  return builder.finish()
}
