// Names of any kind that the door takes, at an operator's hand: what is shown, replayed as it stands, or sent back as a
// correction is the event as it was sent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkNames } from '../../../testing/arbitrary-name.ts'
import { anEvent, DeadWorld, encodedEvent, recordOf } from '../../../testing/dead-letter-fixture.ts'
import { eventsOf } from '../../../testing/door-fixture.ts'
import { timeOf } from '../../../testing/event-fixture.ts'

const NOON = timeOf('12:00:00')
/** Each is some thirty names. */
const RUNS = 8

function eventNamed(name: string) {
  const attributes = JSON.stringify({ title: name })
  return anEvent({ timeMs: NOON, videoId: name, viewerId: name, channelId: name, attributes })
}

test('letters of events show, list and replay them under their names', async () => {
  await checkNames(async (_, names) => {
    const world = new DeadWorld()
    const events = names.map(eventNamed)
    const ids: string[] = []
    for (const event of events) ids.push(await world.bury({ bytes: encodedEvent(event) }))
    const { letters } = await world.ask(200, 'GET', '?limit=1000')
    const listed = letters.map(({ event }: { event: { videoId: string } }) => event.videoId)
    assert.deepEqual(listed.reverse(), names)
    for (const [i, id] of ids.entries()) {
      const { decoded } = await world.ask(200, 'GET', `/${id}`)
      const body = i % 2 === 0 ? {} : { event: decoded.event, tenant: '' }
      await world.ask(200, 'POST', `/${id}/replay`, body)
    }
    const [source] = await world.log.sources('events')
    const { records } = await world.log.read(source!, 0, { bytesMax: 1e9, waitMs: 0 })
    const stored = records.flatMap(({ bytes }) => eventsOf(bytes))
    assert.deepEqual(stored, events)
    await world.count()
    for (const name of names) assert.equal((await world.views(name))?.count, 1)
  }, RUNS)
})

test('a letter that was replayed under one name is not replayed under another that is nearly it', async () => {
  await checkNames(async (_, names) => {
    const world = new DeadWorld()
    const [name, ...others] = names
    const id = await world.bury({ bytes: encodedEvent(eventNamed(name!)) })
    await world.ask(200, 'POST', `/${id}/replay`)
    for (const other of others) {
      const event = { id: 'e1', videoId: other, type: 'view', time: NOON }
      await world.ask(409, 'POST', `/${id}/replay`, { event, tenant: '' })
    }
  }, RUNS)
})

test('a letter of a whole record shows and replays its events under their names', async () => {
  await checkNames(async (_, names) => {
    const world = new DeadWorld()
    const events = names.map(eventNamed)
    const bytes = recordOf(...events)
    const id = await world.bury({ bytes, origin: 'record', index: -1, reason: 'bad_framing' })
    const { decoded } = await world.ask(200, 'GET', `/${id}`)
    const shown = decoded.events.map(({ event }: { event: { videoId: string } }) => event.videoId)
    assert.deepEqual(shown, names)
    await world.ask(200, 'POST', `/${id}/replay`)
    await world.count()
    for (const name of names) assert.equal((await world.views(name))?.count, 1)
  }, RUNS)
})
