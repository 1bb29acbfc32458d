import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readEventSchemas } from '../../../schemas/schema-files.ts'
import { SchemaSet } from '../../../schemas/schema-set.ts'
import { anEvent, DeadWorld, encodedEvent, recordOf } from '../../../testing/dead-letter-fixture.ts'
import { eventsOf } from '../../../testing/door-fixture.ts'
import { timeOf } from '../../../testing/event-fixture.ts'
import { keyRing } from '../../../testing/key-ring.ts'

const NOON = timeOf('12:00:00')
const NOON_TEXT = new Date(NOON).toISOString()
const FIXED = { id: 'e1', videoId: 'cats', type: 'view', time: NOON_TEXT, value: 2.5 }

/** An event with an id that the log does not take. */
function brokenEvent(): Uint8Array {
  const event = anEvent({ timeMs: NOON, id: 'e-1', valueThousandths: 1_500, viewerId: 'u1' })
  const bytes = Buffer.from(encodedEvent(event))
  bytes[bytes.indexOf('e-1')] = '!'.charCodeAt(0)
  return bytes
}

describe('replay', () => {
  test('of a corrected event counts it once, however often it is replayed', async () => {
    const world = new DeadWorld()
    await world.send('cats:e0@12:00:00', '!')
    await world.count()
    const { letters } = await world.ask(200, 'GET', '')
    assert.equal(letters.length, 1)
    const replay = () => world.ask(200, 'POST', `/${letters[0].id}/replay`, { event: FIXED, tenant: '' })
    const { state, lastAct } = await replay()
    assert.equal(state, 'replayed')
    assert.deepEqual(lastAct.outcome, { accepted: 1, late: 0, rejected: 0, unreadable: 0, faults: [] })
    await replay()
    await world.count()
    assert.deepEqual(await world.views('cats'), { count: 2, values: 1, sum: 2_500n, min: 2_500, max: 2_500 })
  })

  test('of an event as it stands', async () => {
    const world = new DeadWorld()
    const fields = { timeMs: NOON, attributes: '{"country":"PT"}', valueThousandths: -1 }
    const events = [anEvent(fields), anEvent({ ...fields, source: '/player' })]
    for (const event of events) {
      const id = await world.bury({ reason: 'time_in_future', bytes: encodedEvent(event) })
      assert.equal((await world.ask(200, 'GET', `/${id}`)).decoded.event.source, event.source ?? undefined)
      await world.ask(200, 'POST', `/${id}/replay`)
    }
    const [source] = await world.log.sources('events')
    const { records } = await world.log.read(source!, 0, { bytesMax: 1e6, waitMs: 0 })
    const expected = events.map((event) => Buffer.from(recordOf(event)))
    assert.deepEqual(
      records.map(({ bytes }) => Buffer.from(bytes)),
      expected,
    )
  })

  test('is named as at the front door: without a source where it happened before sources belong to names', async () => {
    const world = new DeadWorld({ sourcesFromMs: NOON })
    for (const time of [NOON - 1, NOON]) {
      const id = await world.bury({})
      const event = { id: 'e1', source: '/player', videoId: 'cats', type: 'view', time }
      await world.ask(200, 'POST', `/${id}/replay`, { event, tenant: '' })
    }
    const [source] = await world.log.sources('events')
    const { records } = await world.log.read(source!, 0, { bytesMax: 1e6, waitMs: 0 })
    const sources = records.flatMap(({ bytes }) => eventsOf(bytes).map((event) => event.source))
    assert.deepEqual(sources, [null, '/player'])
  })

  test('that crashed between the log and the journal is done again, and counts once', async () => {
    const world = new DeadWorld()
    const id = await world.bury({ bytes: encodedEvent(anEvent({ timeMs: NOON })) })
    const { append } = world.journal
    let appends = 0
    world.journal.append = async (...entry) => {
      if (++appends === 2) throw new Error('crash')
      await append.apply(world.journal, entry)
    }
    await world.ask(503, 'POST', `/${id}/replay`)
    assert.equal((await world.ask(200, 'GET', `/${id}`)).state, 'open')
    assert.equal((await world.ask(200, 'POST', `/${id}/replay`)).state, 'replayed')
    await world.count()
    assert.equal((await world.views('cats'))?.count, 1)
  })

  test('as another event is refused once one may be in the log', async () => {
    const world = new DeadWorld()
    const id = await world.bury({})
    world.log.append = async () => Promise.reject(new Error('no answer'))
    await world.ask(503, 'POST', `/${id}/replay`, { event: FIXED, tenant: '' })
    await world.ask(200, 'POST', `/${id}/discard`, { reason: 'gave up' })
    for (const change of [{ id: 'e2' }, { type: 'like' }, { source: '/player' }]) {
      const other = { event: { ...FIXED, ...change }, tenant: '' }
      const refusal = await world.ask(409, 'POST', `/${id}/replay`, other)
      const earlier = { tenant: '', videoId: 'cats', minute: NOON_TEXT, id: 'e1', type: 'view', source: null }
      assert.deepEqual(refusal.earlier, earlier)
    }
  })

  test('that was begun by a release that did not note the type goes on', async () => {
    const world = new DeadWorld()
    const id = await world.bury({ bytes: encodedEvent(anEvent({ timeMs: NOON })) })
    const identity = ['', 'cats', NOON / 60_000, 'e1'].join('\t')
    const body = { act: 'replay-begun', by: null, identity }
    await world.journal.append('dead-letters', { atMs: 1, key: id, body })
    const other = { event: { ...FIXED, id: 'e2' }, tenant: '' }
    await world.ask(409, 'POST', `/${id}/replay`, other)
    assert.equal((await world.ask(200, 'POST', `/${id}/replay`)).state, 'replayed')
  })

  test('of an event that is late takes the late lane', async () => {
    const world = new DeadWorld()
    const bytes = encodedEvent(anEvent({ timeMs: timeOf('11:00:00') }))
    const { lastAct } = await world.ask(200, 'POST', `/${await world.bury({ bytes })}/replay`)
    assert.equal(lastAct.outcome.late, 1)
    assert.equal((await world.lane('events-late')).length, 1)
  })

  test('of an event beyond raw retention is refused with the reason', async () => {
    const world = new DeadWorld()
    const id = await world.bury({ bytes: encodedEvent(anEvent({ timeMs: NOON - 8 * 86_400_000 })) })
    const refusal = await world.ask(422, 'POST', `/${id}/replay`)
    assert.equal(refusal.type, 'urn:tally:problem:no-event-accepted')
    assert.match(refusal.detail, /time_too_old: time must be at most 604800 s ago/)
    assert.equal((await world.ask(200, 'GET', `/${id}`)).state, 'open')
    await world.ask(200, 'POST', `/${id}/discard`, { reason: 'too old' })
  })

  test('of what cannot be read yet is refused with the fault', async () => {
    const world = new DeadWorld()
    const refusal = await world.ask(422, 'POST', `/${await world.bury({})}/replay`)
    assert.deepEqual(refusal.outcome.faults, [{ index: 0, code: 'unreadable', detail: 'not_single_object' }])
    assert.equal((await world.journal.latest('dead-letters', 10)).length, 0)
  })

  test('of events whose schema has come since stores them', async () => {
    const [first] = readEventSchemas()
    const world = new DeadWorld({ schemas: new SchemaSet([first!]) })
    const bytes = encodedEvent(anEvent({ timeMs: NOON }))
    const id = await world.bury({ bytes, reason: 'unknown_schema' })
    const refusal = await world.ask(422, 'POST', `/${id}/replay`)
    assert.equal(refusal.outcome.faults[0].detail, 'unknown_schema')
    const upgraded = new DeadWorld({ log: world.log, journal: world.journal })
    assert.equal((await upgraded.ask(200, 'POST', `/${id}/replay`)).state, 'replayed')
    await world.count()
    assert.equal((await world.views('cats'))?.count, 1)
  })

  test('of a cut record stores what is there and leaves the letter open for the rest', async () => {
    const world = new DeadWorld()
    const events = ['e1', 'e2', 'e3'].map((id) => anEvent({ timeMs: NOON, id }))
    const bytes = recordOf(...events).subarray(0, -5)
    const id = await world.bury({ bytes, origin: 'record', index: -1, reason: 'bad_framing' })
    const { state, lastAct } = await world.ask(200, 'POST', `/${id}/replay`)
    assert.equal(state, 'open')
    assert.deepEqual([lastAct.act, lastAct.outcome.accepted], ['replayed-in-part', 2])
    assert.match(lastAct.outcome.faults[0].detail, /^bad_framing at byte \d+$/)
    await world.count()
    assert.equal((await world.views('cats'))?.count, 2)
    await world.ask(400, 'POST', `/${id}/replay`, { event: FIXED })
  })

  test('of a row is refused: the recount counts its events', async () => {
    const world = new DeadWorld()
    const bytes = Buffer.from('{"bucket":{"videoId":"v"}}')
    const id = await world.bury({ bytes, origin: 'row', index: -1, reason: 'too long' })
    assert.match((await world.ask(409, 'POST', `/${id}/replay`)).detail, /recount/)
    assert.deepEqual((await world.ask(200, 'GET', `/${id}`)).decoded.row, { bucket: { videoId: 'v' } })
  })

  test('needs a tenant where the letter does not tell one, and takes no other where it does', async () => {
    const world = new DeadWorld()
    const untold = await world.bury({})
    assert.match((await world.ask(400, 'POST', `/${untold}/replay`, { event: FIXED })).detail, /tenant/)
    const told = await world.bury({ bytes: encodedEvent(anEvent({ timeMs: NOON, tenant: 'acme' })) })
    await world.ask(400, 'POST', `/${told}/replay`, { event: FIXED, tenant: 'other' })
    await world.ask(200, 'POST', `/${told}/replay`, { event: FIXED })
    await world.count()
    assert.equal(await world.views('cats'), undefined) // not the default tenant's
  })

  test('of all that a filter finds tells of each that was refused', async () => {
    const world = new DeadWorld()
    const readable = ['e1', 'e2', 'e3'].map((id) => encodedEvent(anEvent({ timeMs: NOON, id })))
    for (const bytes of readable) await world.bury({ bytes, reason: 'unknown_schema' })
    const unreadable = await world.bury({ reason: 'unknown_schema' })
    const other = await world.bury({ bytes: readable[0]!, reason: 'invalid_id' })
    const filter = { reason: 'unknown_schema', limit: 3 }
    const first = await world.ask(200, 'POST', '/replay', filter)
    assert.equal(first.replayed, 2)
    assert.deepEqual(first.refused, [{ id: unreadable, detail: 'unreadable: not_single_object.' }])
    const second = await world.ask(200, 'POST', '/replay', { ...filter, cursor: first.cursor })
    assert.deepEqual(second, { replayed: 1, refused: [], cursor: null })
    await world.count()
    assert.equal((await world.views('cats'))?.count, 3)
    assert.equal((await world.ask(200, 'GET', `/${other}`)).state, 'open')
    assert.equal(await world.deadLetters.openCount(), 2)
  })
})

describe('show', () => {
  test('tells what can be read of an event, in the form in which it is sent', async () => {
    const world = new DeadWorld()
    const bytes = brokenEvent()
    const id = await world.bury({ bytes, reason: 'invalid_id' })
    const shown = await world.ask(200, 'GET', `/${id}`)
    const event = { id: '!-1', videoId: 'cats', type: 'view', time: NOON, value: 1.5, viewerId: 'u1' }
    assert.deepEqual(shown.event, event)
    const { fingerprint, ...decoded } = shown.decoded
    const told = { kind: 'event', index: 0, fault: 'invalid_id', tenant: '', event, brokeAt: null }
    assert.deepEqual(decoded, told)
    assert.match(fingerprint, /^[0-9a-f]{16}$/)
    assert.deepEqual(Buffer.from(shown.base64, 'base64'), Buffer.from(bytes))
    assert.deepEqual([shown.reason, shown.origin, shown.keptAt], ['invalid_id', 'event', NOON_TEXT])
  })

  test('tells how far a record goes', async () => {
    const world = new DeadWorld()
    const record = recordOf(anEvent({ timeMs: NOON }), anEvent({ timeMs: NOON, id: 'e2' }))
    const bytes = record.subarray(0, record.length - 1)
    const id = await world.bury({ bytes, origin: 'record', index: -1, reason: 'bad_framing' })
    const { decoded } = await world.ask(200, 'GET', `/${id}`)
    const { events, ...told } = decoded
    const byte = (record.length - 6) / 2 + 6
    assert.deepEqual(told, { kind: 'record', announced: 2, found: 1, readable: 1, brokeAt: { byte } })
    assert.equal(events[0].event.id, 'e1')
  })

  test('shows a foreign record of the lane too', async () => {
    const world = new DeadWorld()
    await world.log.append('events-dead', 0, Buffer.from('who am I'))
    const { letters } = await world.ask(200, 'GET', '')
    assert.deepEqual([letters[0].origin, letters[0].reason], ['unknown', 'not_a_letter'])
    await world.ask(409, 'POST', `/${letters[0].id}/replay`)
    assert.equal((await world.ask(200, 'GET', `/${letters[0].id}`)).decoded, null)
  })

  test('knows no letter of another name, log or time', async () => {
    const world = new DeadWorld()
    const id = await world.bury({})
    const [source] = await world.log.sources('events-dead')
    for (const other of ['x', `${source!.id}:1`, id.replace(source!.id, '0badf00d-0')]) {
      await world.ask(404, 'GET', `/${other}`)
    }
    await world.bury({})
    world.log.trim(source!, 1)
    await world.ask(404, 'GET', `/${id}`)
    await world.ask(404, 'POST', `/${id}/discard`, { reason: 'x' })
  })
})

describe('list', () => {
  test('gives the newest first, page by page', async () => {
    const world = new DeadWorld()
    const ids: string[] = []
    for (let i = 0; i < 150; i++) ids.unshift(await world.bury({ offset: i }))
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`
      const page: { letters: { id: string }[]; cursor: string | null } = await world.ask(
        200,
        'GET',
        `?limit=40${more}`,
      )
      seen.push(...page.letters.map(({ id }) => id))
      cursor = page.cursor
    } while (cursor !== null)
    assert.deepEqual(seen, ids)
  })

  test('by state, reason and time', async () => {
    const world = new DeadWorld()
    const first = await world.bury({ reason: 'invalid_id' })
    world.clock.advance(60_000)
    const second = await world.bury({ reason: 'invalid_type' })
    await world.ask(200, 'POST', `/${first}/discard`, { reason: 'noise' })
    const ids = async (query: string) =>
      (await world.ask(200, 'GET', query)).letters.map(({ id }: { id: string }) => id)
    assert.deepEqual(await ids('?state=open'), [second])
    assert.deepEqual(await ids('?state=discarded'), [first])
    assert.deepEqual(await ids('?state=replayed'), [])
    assert.deepEqual(await ids('?reason=invalid_type'), [second])
    assert.deepEqual(await ids(`?endTime=${NOON + 1}`), [first])
    assert.deepEqual(await ids(`?startTime=${NOON + 1}`), [second])
  })

  test('names every parameter at fault', async () => {
    const world = new DeadWorld()
    const { errors } = await world.ask(400, 'GET', '?state=shut&limit=0&startTime=x&y=z')
    const named = errors.map(({ parameter }: { parameter: string }) => parameter)
    assert.deepEqual(named, ['y', 'state', 'startTime', 'limit'])
    await world.ask(400, 'GET', '?cursor=0badf00d-0:1')
    await world.ask(400, 'POST', '/replay', { state: 'open' })
    for (const body of ['null', '[]', '{"limit":"5"}', '{"cursor":5}', '{"reason":null}']) {
      await world.ask(400, 'POST', '/replay', body, { 'content-type': 'application/json' })
    }
  })

  test('refuses times in seconds, in a list and in a replay of many', async () => {
    const world = new DeadWorld()
    const refusals = [
      await world.ask(400, 'GET', '?endTime=1759744800'),
      await world.ask(400, 'POST', '/replay', { startTime: 1_759_658_400 }),
    ]
    for (const { detail } of refusals) assert.match(detail, /It looks like seconds/)
  })
})

describe('discard', () => {
  test('keeps the reason, and who did it when', async () => {
    const keys = keyRing('k=t', 'root')
    const world = new DeadWorld({}, { keys })
    const id = await world.bury({})
    const headers = { authorization: 'Bearer root' }
    const discarded = await world.ask(200, 'POST', `/${id}/discard`, { reason: 'a test' }, headers)
    assert.equal(discarded.state, 'discarded')
    const { by, ...act } = discarded.lastAct
    assert.deepEqual(act, { time: NOON_TEXT, act: 'discarded', reason: 'a test' })
    assert.match(by, /^[0-9a-f]{8}$/)
    for (const key of ['k', 'other']) await world.ask(403, 'GET', '', undefined, { 'x-api-key': key })
    await world.ask(401, 'POST', `/${id}/replay`)
  })

  test('needs a reason', async () => {
    const world = new DeadWorld()
    const id = await world.bury({})
    for (const body of [{}, { reason: '' }, { reason: 5 }, { reason: 'x', more: 1 }]) {
      await world.ask(400, 'POST', `/${id}/discard`, body)
    }
  })

  test('is for letters that have not been replayed; one that was discarded may still be', async () => {
    const world = new DeadWorld()
    const id = await world.bury({ bytes: encodedEvent(anEvent({ timeMs: NOON })) })
    await world.ask(200, 'POST', `/${id}/discard`, { reason: 'a mistake' })
    assert.equal((await world.ask(200, 'POST', `/${id}/replay`)).state, 'replayed')
    await world.ask(409, 'POST', `/${id}/discard`, { reason: 'x' })
  })
})
