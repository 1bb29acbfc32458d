import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { countAddress, firstQuestions, topAddress, topRange } from './first-questions.ts'
import { formatRoute, OVERVIEW_DEFAULTS, VIDEO_DEFAULTS } from './route.ts'
import { isTopWindow, TOP_WINDOWS, WINDOWS } from './windows.ts'

const NOW_MS = Date.parse('2026-11-21T12:00:30Z')

describe('what is asked first for', () => {
  const check = (hash: string, expected: readonly string[]) =>
    test(hash, () => assert.deepEqual(firstQuestions(hash, NOW_MS), expected))

  const hour = 'startTime=2026-11-21T11%3A01%3A00.000Z&endTime=2026-11-21T12%3A01%3A00.000Z'
  const tops = ['count', 'rising'].map((order) => `v1/top?eventType=view&${hour}&limit=10&order=${order}`)
  check('', tops)
  check('#/', tops)
  check('#/?window=99h', tops)
  check('#/video/cats', ['v1/videos/cats/stats?eventType=view&function=count'])
  check('#/video/a%2Fb%3F?range=1h&type=like', ['v1/videos/a%2Fb%3F/stats?eventType=like&function=count'])
  for (const hash of [
    '#/operations',
    '#/channel/Pets',
    '#/shared/share_x.y',
    '#/video/%E0%A4%A',
    '#/video/a/b',
  ])
    check(hash, [])
})

test('it is what the overview asks, whatever it shows', () => {
  for (const window of WINDOWS) {
    const route = { ...OVERVIEW_DEFAULTS, window, type: 'like' }
    const tops = (hours: number) =>
      (['count', 'rising'] as const).map((order) => topAddress('like', topRange(hours, NOW_MS), order))
    const asked = isTopWindow(window) ? tops(TOP_WINDOWS[window]) : []
    assert.deepEqual(firstQuestions(formatRoute(route), NOW_MS), asked)
    const where = [{ by: 'country', value: 'DE' }]
    assert.deepEqual(firstQuestions(formatRoute({ ...route, where }), NOW_MS), [])
  }
})

test('it is what a video asks, whatever its id', () => {
  for (const videoId of ['cats', 'a b', '50%', '猫', '..', "it's (1)!", 'a/b?c#d']) {
    const hash = formatRoute({ ...VIDEO_DEFAULTS, videoId, type: 'share' })
    assert.deepEqual(firstQuestions(hash, NOW_MS), [countAddress(videoId, 'share')])
  }
})
