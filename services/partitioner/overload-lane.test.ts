import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DAY_MS, MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import { anEvent, LAYOUTS, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { fixedLayouts } from '../../testing/fixed-layouts.ts'

const NOW = minuteOf(NOW_MS)

test('the minute of an event says which lane it takes, and lateness comes before that', async () => {
  const [first] = LAYOUTS
  const layouts = [
    first!,
    { ...first!, version: 2, fromMinute: NOW - 2, overflow: true },
    { ...first!, version: 3, fromMinute: NOW },
  ]
  const door = openDoor({ layouts: fixedLayouts(layouts) })
  const ages = [0, 1, MINUTE_MS, 2 * MINUTE_MS, 2 * MINUTE_MS + 1, DAY_MS]
  const events = ages.map((ageMs, i) => anEvent({ id: `e${i}`, time: NOW_MS - ageMs }))
  assert.equal((await door.post({ events })).statusCode, 202)
  const lanes = new Map((await door.stored()).map(({ lane, event }) => [event.id, lane]))
  assert.deepEqual(Array.from(lanes).sort(), [
    ['e0', 'events'],
    ['e1', 'events-overflow'],
    ['e2', 'events-overflow'],
    ['e3', 'events-overflow'],
    ['e4', 'events'],
    ['e5', 'events-late'],
  ])
  await door.app.close()
})
