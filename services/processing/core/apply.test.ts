// Each event of a record ends as it does in the simulator's reference, which takes one event after the other, knows
// names as texts, totals as plain numbers, and shares no code with the core.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EarlierHorizon } from '../../../model/horizons.ts'
import { RecordBuilder } from '../../../schemas/record.ts'
import { ReferenceSource } from '../../../simulator/reference.ts'
import type { CountRow } from '../../../stores/counts/counts.ts'
import type { LogRecord } from '../../../stores/log/log.ts'
import { arbitraryLog } from '../../../testing/arbitrary-log.ts'
import { NAME_KEY, SETTINGS, schemas, timeOf } from '../../../testing/event-fixture.ts'
import { PlainOwner } from '../../../testing/plain-owner.ts'
import { newState } from './source-state.ts'

const EVENTS_PER_RECORD = 300
const NOISE = Uint8Array.of(7, 7, 7)

/** Counts the log in both ways; every so many records the table of changes is sealed. */
function countsAlike(
  log: readonly LogRecord[],
  recordsPerSeal: number,
  earlier: EarlierHorizon | null,
): void {
  const settings = earlier === null ? SETTINGS : { ...SETTINGS, earlierHorizons: [earlier] }
  const owner = new PlainOwner(newState(settings, NAME_KEY.id))
  const reference = new ReferenceSource(schemas, SETTINGS.horizonMs, SETTINGS.aheadMs, earlier)
  for (const [i, record] of log.entries()) {
    owner.read([record])
    if ((i + 1) % recordsPerSeal === 0) owner.submit({ kind: 'seal' })
    reference.append(record)
    const { probe, ...ledger } = owner.state.ledger
    assert.deepEqual(ledger, reference.prefixes.at(-1)?.ledger)
  }
  owner.finish()
  const { rows, dead, late } = owner.store
  assert.deepEqual(
    new Map(rows.entries().map(([key, total]) => [bucketName(key), total])),
    new Map(reference.totals.entries().map(([name, totals]) => [name, Array.from(totals.values()).at(-1)])),
  )
  assert.deepEqual(
    dead.map(({ offset, index }) => ({ offset, index })),
    reference.dead,
  )
  assert.equal(late.length, reference.late.length)
}

/** A row's key as the reference writes it. */
function bucketName(key: string): string {
  const [tenant, videoId, type, minute] = JSON.parse(key) as Array<
    CountRow['bucket'][keyof CountRow['bucket']]
  >
  return [tenant, videoId, type, minute].join('|')
}

/** A full record: many videos and ids, some of them copies, over two minutes, with some that cannot be counted. */
function fullRecord(offset: number, seeds: readonly number[]): LogRecord {
  const logTimeMs = timeOf('12:00:00') + offset * 7_000
  const builder = new RecordBuilder()
  const nothing = { tenant: '', viewerId: null, channelId: null, attributes: null, source: null }
  for (const seed of seeds) {
    const id = `${seed % 4_000}` // the same event, wherever its number is drawn again
    const timeMs = timeOf('12:00:00') + (seed % 89) * 1_000
    const fields = { videoId: `v${seed % 97}`, type: seed % 5 === 0 ? 'like' : 'view', id, timeMs }
    if (seed % 61 === 0) builder.addRaw(NOISE)
    else builder.add({ ...nothing, ...fields, valueThousandths: seed % 3 === 0 ? null : (seed % 11) - 5 })
  }
  return { offset, logTimeMs, bytes: builder.finish() }
}

test('events of small records end as in the reference', () => {
  fc.assert(fc.property(arbitraryLog, fc.constantFrom(1, 3, 100), fc.constant(null), countsAlike), {
    numRuns: 300,
  })
})

test('events end as in the reference while a shorter horizon gives way to a longer one', () => {
  const earlier = fc.record({
    horizonMs: fc.constantFrom(60_000, 300_000),
    untilMs: fc.integer({ min: timeOf('11:59:00'), max: timeOf('12:20:00') }),
  })
  fc.assert(fc.property(arbitraryLog, fc.constantFrom(1, 3, 100), earlier, countsAlike), { numRuns: 300 })
})

test('events of full records end as in the reference, while the tables grow', () => {
  const seeds = fc.array(fc.nat({ max: 3_999 }), {
    minLength: EVENTS_PER_RECORD,
    maxLength: EVENTS_PER_RECORD,
    size: 'max',
  })
  const log = fc
    .array(seeds, { minLength: 10, maxLength: 20, size: 'max' })
    .map((records) => records.map((drawn, offset) => fullRecord(offset, drawn)))
  fc.assert(fc.property(log, fc.constantFrom(1, 3, 100), fc.constant(null), countsAlike), { numRuns: 10 })
})
