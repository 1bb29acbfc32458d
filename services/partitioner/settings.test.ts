import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings as readStandaloneSettings } from '../standalone/settings.ts'
import { readSettings } from './settings.ts'

test('new videos have a quota in the cluster and none in one process, unless it is said otherwise', () => {
  const quotas = (environment: Record<string, string>) => [
    readSettings(environment).limits.newVideosPerMinuteMax,
    readStandaloneSettings(environment).limits.newVideosPerMinuteMax,
  ]
  assert.deepEqual(quotas({}), [100_000, null])
  assert.deepEqual(quotas({ NEW_VIDEOS_PER_MINUTE_MAX: '7' }), [7, 7])
  assert.deepEqual(quotas({ NEW_VIDEOS_PER_MINUTE_MAX: '0' }), [null, null])
  for (const wrong of ['-1', 'many', '1048577']) {
    assert.throws(
      () => readSettings({ NEW_VIDEOS_PER_MINUTE_MAX: wrong }),
      /NEW_VIDEOS_PER_MINUTE_MAX must be/,
    )
  }
})
