// How many events a second one core de-duplicates and counts, once they are decoded.
import assert from 'node:assert/strict'
import { otherCheckout, raceAgainst } from './against.ts'
import { coreOf, countDecoded, decodeAll } from './core-of.ts'
import { NestedMaps, StringMaps } from './naive-counts.ts'
import { figure } from './notes.ts'
import { race } from './race.ts'
import { print, speeds } from './report.ts'
import { scaleOf } from './scale.ts'
import { arrivals, EVENTS_PER_RECORD, recordsOf, type Truth, truthOf } from './workload.ts'

const SPAN_MS = 300_000
/** 20,000 events: what one source of four gets per second at a total of 80,000 per second. */
const RECORDS_PER_SEAL = 100
const RECORDS = { recordsPerStep: 50, recordsPerSeal: RECORDS_PER_SEAL }

const { quick, rounds } = scaleOf(process.argv)
const arrived = arrivals({ events: quick ? 100_000 : 1_000_000, spanMs: SPAN_MS })
const truth = truthOf(arrived)
const events = arrived.map(({ event }) => event)
const core = await coreOf(new URL('../', import.meta.url))
const logged = recordsOf(arrived)
const records = decodeAll(core, logged)

function nestedMaps(): NestedMaps {
  const counts = new NestedMaps()
  for (let i = 0; i < events.length; i++) {
    const record = Math.floor(i / EVENTS_PER_RECORD)
    const place = i % EVENTS_PER_RECORD
    counts.count(events[i]!, record, records[record]!.fingerprints, place)
    if (isSealDue(i)) counts.seal()
  }
  return counts
}

function stringMaps(): StringMaps {
  const counts = new StringMaps()
  for (let i = 0; i < events.length; i++) {
    counts.count(events[i]!, Math.floor(i / EVENTS_PER_RECORD))
    if (isSealDue(i)) counts.seal()
  }
  return counts
}

function isSealDue(i: number): boolean {
  return (i + 1) % (RECORDS_PER_SEAL * EVENTS_PER_RECORD) === 0
}

const other = otherCheckout(process.argv)
if (other !== null) {
  const work = { records: logged, events: events.length, truth, recordsPerSeal: RECORDS_PER_SEAL }
  await raceAgainst(other, work, quick)
  process.exit()
}

const standings = race<{ answer(): Truth }>(
  [
    { name: 'step', run: (checked) => countDecoded(core, records, RECORDS, checked) },
    { name: 'typed-array sets, nested Maps', run: nestedMaps },
    { name: 'Sets and Maps of strings', run: stringMaps },
  ],
  { rounds, check: (counts, name) => assert.deepEqual(counts.answer(), truth, name) },
)
print('step: one core, decoded events', speeds(standings, events.length))
figure('step.rate', 'events/s', [events.length / standings[0]!.seconds])
