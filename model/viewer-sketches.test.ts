import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { arbitraryEvent } from '../testing/arbitrary-event.ts'
import { HOUR_MS } from './bucket.ts'
import type { Event } from './event.ts'
import { sketchesOf } from './viewer-sketches.ts'

test('every viewer is in the sketch of each hour and video, and nobody else', () => {
  const event = (videoId: string, viewerId: string | null, hours: number): Event => ({
    ...{ tenant: 't', videoId, type: 'view', id: 'e', timeMs: 7 + hours * HOUR_MS, viewerId },
    ...{ valueThousandths: null, channelId: null, attributes: null, source: null },
  })
  const sketches = sketchesOf([
    event('v', 'a', 0),
    event('v', 'b', 0.99),
    event('v', 'a', 0.5),
    event('v', 'a', 1),
    event('w', 'c', 1),
    event('w', null, 2),
  ])
  assert.deepEqual(
    sketches.map(({ tenant, videoId, hour, sketch }) => [tenant, videoId, hour, sketch.estimate()]),
    [
      ['t', 'v', 0, 2],
      ['t', 'v', 60, 1],
      ['t', 'w', 60, 1],
    ],
  )
})

test('copies and order make no difference', () => {
  const encoded = (events: readonly Event[]) =>
    sketchesOf(events)
      .map(({ sketch, ...of }) => JSON.stringify([of, ...sketch.encode()]))
      .sort()
  fc.assert(
    fc.property(fc.array(arbitraryEvent), (events) => {
      assert.deepEqual(encoded([...events, ...events].reverse()), encoded(events))
    }),
  )
})
