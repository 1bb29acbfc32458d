import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RESERVED_DIMENSIONS } from '../services/reconciler/questions/reserved-dimensions.ts'
import { readDimensions } from './dimension-settings.ts'
import { SettingsReader } from './settings-reader.ts'

function dimensions(setting?: string): readonly string[] {
  const read = new SettingsReader({ DIMENSIONS: setting })
  const found = readDimensions(read, RESERVED_DIMENSIONS)
  read.check()
  return found
}

const AUTOMATED = 'tally.automated'

test('dimensions are names of attributes, those of a viewer if nothing is said', () => {
  const ofViewers = ['country', 'device', 'browser', 'referrer', AUTOMATED]
  assert.deepEqual(dimensions(), ofViewers)
  assert.deepEqual(dimensions(''), ofViewers)
  assert.deepEqual(dimensions(`${AUTOMATED},country`), [AUTOMATED, 'country'])
  assert.deepEqual(dimensions(' country, utm_source,a.b-C'), ['country', 'utm_source', 'a.b-C', AUTOMATED])
  assert.equal(dimensions(Array.from({ length: 12 }, (_, i) => `d${i}`).join()).length, 13)
})

test('what cannot be a dimension is told, all faults together', () => {
  const refused = (setting: string, ...words: readonly RegExp[]) => {
    for (const word of words) assert.throws(() => dimensions(setting), word)
  }
  refused(
    'country,,1st,coun try,__proto__',
    /""/,
    /"1st"/,
    /"coun try"/,
    /"__proto__" must be the name of an attribute/,
  )
  refused('x'.repeat(65), /must be the name/)
  refused('device,country,device', /DIMENSIONS: "device" is declared twice/)
  refused('value,isOther', /"value" cannot be declared/, /"isOther" cannot/)
  refused('channel,count', /"channel" cannot be declared/, /"count" cannot/)
  refused(Array.from({ length: 13 }, (_, i) => `d${i}`).join(), /at most 12 may be declared, not 13/)
})
