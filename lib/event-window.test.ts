import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCountedWindow } from './event-window.ts'
import { SettingsReader } from './settings-reader.ts'

function windowOf(HORIZON_BEFORE: string) {
  const read = new SettingsReader({ HORIZON_MS: '3600000', HORIZON_BEFORE })
  const found = readCountedWindow(read)
  read.check()
  return found
}

test('HORIZON_BEFORE names a horizon and the time until which it held', () => {
  const untilMs = Date.UTC(2026, 11, 3, 12)
  for (const text of ['600000@2026-12-03T12:00Z', '600000@2026-12-03T12:00:00Z'])
    assert.deepEqual(windowOf(text).earlierHorizons, [{ horizonMs: 600_000, untilMs }])
})

for (const text of [
  '600000',
  '600000@',
  '600000@noon',
  '600000@2026-12-03',
  '@2026-12-03T12:00Z',
  '600000@2026-13-03T12:00Z',
])
  test(`HORIZON_BEFORE=${text} is refused`, () => {
    assert.throws(() => windowOf(text), /HORIZON_BEFORE must be like 600000@2026-12-03T12:00Z, not/)
  })

test('without it there is none', () => {
  assert.equal('earlierHorizons' in windowOf(''), false)
})
