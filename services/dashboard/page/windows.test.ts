import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutOf, isWindow, WINDOWS, windowSpan, windowWords } from './windows.ts'

const NOW_MS = Date.parse('2026-11-21T12:00:30Z')

test('short windows end with the minute in progress, long ones begin with an hour or a day of the zone', () => {
  const check = (window: string, zone: string, start: string, end: string) => {
    assert.ok(isWindow(window))
    const { startMs, endMs } = windowSpan(window, NOW_MS, zone)
    assert.deepEqual([new Date(startMs!).toISOString(), new Date(endMs).toISOString()], [start, end], window)
  }
  const end = '2026-11-21T12:01:00.000Z'
  check('1h', 'Asia/Kolkata', '2026-11-21T11:01:00.000Z', end)
  check('24h', 'UTC', '2026-11-20T12:01:00.000Z', end)
  check('7d', 'UTC', '2026-11-14T13:00:00.000Z', end)
  check('30d', 'UTC', '2026-10-23T00:00:00.000Z', end)
  check('30d', 'Asia/Kolkata', '2026-10-22T18:30:00.000Z', end)
  check('1y', 'UTC', '2025-11-22T00:00:00.000Z', end)
})

test('each has a name and a cut', () => {
  assert.equal(windowWords('1h').name, 'last hour')
  assert.equal(windowWords('7d').label, '7 d')
  for (const window of WINDOWS) assert.match(cutOf(window), /^P/)
  assert.equal(isWindow('2h'), false)
})
