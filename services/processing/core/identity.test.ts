// The name of an event in the stream: (tenant, video, type, minute, id), whoever chooses the parts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur3x86_32 } from '../../../model/murmur3.ts'
import { RecordBuilder } from '../../../schemas/record.ts'
import { videosHashedTo } from '../../../simulator/hostile-names.ts'
import { NAME_KEY, SETTINGS, timeOf } from '../../../testing/event-fixture.ts'
import { PlainOwner } from '../../../testing/plain-owner.ts'
import { newState } from './source-state.ts'

type Name = {
  readonly tenant?: string
  readonly videoId: string
  readonly type?: string
  readonly source?: string
  readonly id: string
}

const LAUNCH_FILM_HASH = murmur3x86_32(Buffer.from('\x0aalice\x16launch-film'), 0, 18, 0)
const EVENTS_PER_RECORD = 5_000

/** How many of these events of one minute are counted. */
function counted(names: readonly Name[]): number {
  const owner = new PlainOwner(newState({ ...SETTINGS, flushRowsMax: 1e9 }, NAME_KEY.id))
  const builder = new RecordBuilder()
  for (let from = 0; from < names.length; from += EVENTS_PER_RECORD) {
    const nothing = { valueThousandths: null, viewerId: null, channelId: null, attributes: null }
    for (const { tenant = '', type = 'view', source = null, ...name } of names.slice(
      from,
      from + EVENTS_PER_RECORD,
    ))
      builder.add({ tenant, type, source, ...name, timeMs: timeOf('12:00:00'), ...nothing })
    owner.read([{ offset: from / EVENTS_PER_RECORD, logTimeMs: timeOf('12:00:01'), bytes: builder.finish() }])
    builder.reset()
  }
  assert.equal(owner.state.ledger.dead, 0)
  return owner.state.ledger.counted
}

test('nobody can use up the ids of another tenant, whatever the videos are called', () => {
  const taken = ['tbbhwksxffarylyZtJB', 'pkkjhoxkgtxrgxt1LtW', 'tfufussksorqkzwG0sy']
  const videos = [...taken, ...videosHashedTo(LAUNCH_FILM_HASH, 'bob', 100)]
  const bob = videos.flatMap((videoId) => ['1', '2', '3'].map((id) => ({ tenant: 'bob', videoId, id })))
  const alice = ['1', '2', '3'].map((id) => ({ tenant: 'alice', videoId: 'launch-film', id }))
  assert.equal(counted([...bob, ...alice]), bob.length + alice.length)
})

test('videos do not share their ids, however many there are and whatever their public hash', () => {
  const many = Array.from({ length: 100_000 }, (_, i) => ({ videoId: `video-${i}`, id: '1' }))
  const colliding = videosHashedTo(LAUNCH_FILM_HASH, '', 200).map((videoId) => ({ videoId, id: '1' }))
  assert.equal(counted([...many, ...colliding]), 100_200)
})

test('what differs in type is no copy', () => {
  assert.equal(
    counted([
      { videoId: 'a', id: '1' },
      { videoId: 'a', type: 'like', id: '1' },
    ]),
    2,
  )
})

test('an event that is sent again is a copy', () => {
  const names = Array.from({ length: 100 }, (_, i) => ({ videoId: `v${i % 3}`, id: `${i}` }))
  assert.equal(counted([...names, ...names.toReversed()]), 100)
})

test('the parts of a name cannot be shifted into each other', () => {
  const parts = ['', 'a', 'b', 'ab', 'ba', 'aab']
  const names = parts.flatMap((tenant) =>
    parts
      .slice(1)
      .flatMap((videoId) =>
        parts.slice(1).flatMap((type) => parts.slice(1).map((id) => ({ tenant, videoId, type, id }))),
      ),
  )
  assert.equal(counted(names), names.length)
})

test('CloudEvents are named by their source and their id, and a plain event by neither', () => {
  const name = { videoId: 'v', id: '1' }
  const named = [name, { ...name, source: '/a' }, { ...name, source: '/b' }]
  assert.equal(counted(named), 3)
  assert.equal(counted([...named, ...named]), 3)
})
