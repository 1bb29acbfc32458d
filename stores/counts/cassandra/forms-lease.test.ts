import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HOUR_MS, MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { CountsError } from '../../cassandra/counts-error.ts'
import { type FormEntry, formsOf } from './count-forms.ts'
import { FormsLease } from './forms-lease.ts'

const HOUR = 472_200 * 60
const ENTRY: FormEntry = { fromHour: HOUR + 300, shards: 4, state: 'settled' }

function setup(first: readonly FormEntry[] = []) {
  const clock = new ManualClock(HOUR * MINUTE_MS)
  const stored = { entries: first, isAway: false, readings: 0 }
  const read = async () => {
    stored.readings++
    if (stored.isAway) throw new CountsError('timeout', 'away')
    return formsOf(stored.entries)
  }
  return { clock, stored, lease: new FormsLease(read, () => clock.nowMs()) }
}

const FORMS = formsOf([ENTRY]).forms

describe('The lease of count_forms', () => {
  it('is read once for all that ask within a minute, and meanwhile after that', async () => {
    const { clock, stored, lease } = setup()
    await Promise.all([lease.forRows(HOUR), lease.forReading(HOUR), lease.forAnswer(HOUR)])
    assert.equal(stored.readings, 1)
    stored.entries = [ENTRY]
    clock.advance(MINUTE_MS + 1)
    assert.deepEqual(await lease.forRows(HOUR), [])
    assert.equal(stored.readings, 2)
    assert.deepEqual(await lease.forRows(HOUR), FORMS)
  })

  it('lets minutes be written within two hours of the reading, and no others while none succeeds', async () => {
    const { clock, stored, lease } = setup()
    await lease.renew()
    stored.isAway = true
    clock.advance(HOUR_MS)
    assert.deepEqual(await lease.forRows(HOUR + 119), [])
    await assert.rejects(lease.forRows(HOUR + 120), { code: 'timeout' })
    stored.isAway = false
    assert.deepEqual(await lease.forRows(HOUR + 120), [])
    await assert.rejects(lease.forRows(HOUR + 180), { code: 'unavailable', message: /too far ahead/ })
  })

  it('is good for reading for half an hour, and for stale answers after that', async () => {
    const { clock, stored, lease } = setup([ENTRY])
    await lease.renew()
    stored.isAway = true
    const to = HOUR + 1_440
    clock.advance(30 * MINUTE_MS)
    assert.deepEqual(await lease.forReading(to), FORMS)
    assert.deepEqual(await lease.forAnswer(to), { forms: FORMS, stale: false })
    clock.advance(1)
    await assert.rejects(lease.forReading(to), { code: 'timeout' })
    assert.deepEqual(await lease.forAnswer(to), { forms: FORMS, stale: true })
  })

  it('gives no answer where nothing was ever read', async () => {
    const { stored, lease } = setup()
    stored.isAway = true
    await assert.rejects(lease.forAnswer(HOUR), { code: 'timeout' })
  })

  it('has nothing written, and answers stale, from the hour of an entry that is half added', async () => {
    const { clock, stored, lease } = setup([{ ...ENTRY, fromHour: HOUR + 60, state: 'proposed' }])
    assert.deepEqual(await lease.forRows(HOUR + 59), [])
    const isHalf = { code: 'unavailable', message: /2023-11-14T01:00.*half added: run `npm run migrate`/ }
    await assert.rejects(lease.forRows(HOUR + 60), isHalf)
    await assert.rejects(lease.forReading(HOUR + 61), isHalf)
    assert.deepEqual(await lease.forReading(HOUR + 60), [])
    assert.deepEqual(await lease.forAnswer(HOUR + 61), { forms: [], stale: true })
    stored.entries = [{ ...ENTRY, fromHour: HOUR + 60 }]
    clock.advance(1)
    assert.equal((await lease.forRows(HOUR + 60)).length, 1)
  })

  it('takes an entry of a later hour for nothing that concerns a read of all that is stored', async () => {
    const { lease } = setup([{ ...ENTRY, fromHour: HOUR + 300, state: 'proposed' }])
    assert.deepEqual(await lease.forReading(HOUR + 99_999), [])
  })

  it('reads again where the clock was set back', async () => {
    const { clock, stored, lease } = setup()
    await lease.renew()
    stored.entries = [ENTRY]
    clock.advance(-1)
    assert.deepEqual(await lease.forRows(minuteOf(clock.nowMs())), FORMS)
  })
})
