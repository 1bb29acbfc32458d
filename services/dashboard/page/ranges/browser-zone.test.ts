import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { browserZone, instantOf, wallOf } from './zones.ts'

/** Its clocks are put forward by half an hour. */
const ZONE = 'Australia/Lord_Howe'
process.env.TZ = ZONE // before anything asks for it: the only test in this process

test('in the zone of the browser the clock shows what it shows for everybody', () => {
  assert.equal(browserZone(), ZONE)
  const time = fc.integer({ min: Date.UTC(2005, 0), max: Date.UTC(2036, 0) })
  fc.assert(
    fc.property(time, (timeMs) => {
      const local = Temporal.Instant.fromEpochMilliseconds(timeMs).toZonedDateTimeISO(ZONE)
      const wallMs = local.toPlainDateTime().toZonedDateTime('UTC').epochMilliseconds
      assert.equal(wallOf(ZONE, timeMs), wallMs)
      assert.equal(instantOf(ZONE, wallMs), local.toPlainDateTime().toZonedDateTime(ZONE).epochMilliseconds)
    }),
  )
})
