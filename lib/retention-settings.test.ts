import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCountRetention } from './retention-settings.ts'
import { type Environment, SettingsError, SettingsReader } from './settings-reader.ts'

function daysOf(environment: Environment): [number, number] {
  const read = new SettingsReader(environment)
  const { minutesMs, hoursMs } = readCountRetention(read)
  read.check()
  return [minutesMs / 86_400_000, hoursMs / 86_400_000]
}

test('minutes are kept for 14 days and hours for 400, where nothing else is said', () => {
  assert.deepEqual(daysOf({}), [14, 400])
  assert.deepEqual(daysOf({ MINUTES_DAYS: '30', HOURS_DAYS: '90' }), [30, 90])
})

test('hours are kept longer than minutes', () => {
  assert.deepEqual(daysOf({ MINUTES_DAYS: '500' }), [500, 501])
  assert.throws(() => daysOf({ MINUTES_DAYS: '500', HOURS_DAYS: '500' }), SettingsError)
})
