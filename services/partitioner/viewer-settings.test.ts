import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings as readStandaloneSettings } from '../standalone/settings.ts'
import { readSettings } from './settings.ts'

const viewers = (environment: Record<string, string>) => {
  const both = [readSettings(environment).viewers, readStandaloneSettings(environment).viewers]
  const [one, other] = both.map(({ attributes, country }) => ({
    attributes,
    header: country?.header ?? null,
  }))
  assert.deepEqual(other, one)
  return one!
}

test('the front door tells those of the declared dimensions that it can', () => {
  assert.deepEqual(viewers({}).attributes, ['country', 'device', 'browser'])
  assert.deepEqual(viewers({ DIMENSIONS: 'player,browser' }).attributes, ['browser'])
  assert.deepEqual(viewers({ DIMENSIONS: 'player' }).attributes, [])
})

test('the header with the country is believed of the proxies that are trusted', () => {
  assert.equal(viewers({}).header, null)
  const settings = { COUNTRY_HEADER: 'CF-IPCountry', TRUST_PROXY: '10.0.0.0/8' }
  assert.equal(viewers(settings).header, 'cf-ipcountry')
  const { country } = readSettings(settings).viewers
  assert.deepEqual(['10.1.2.3', '127.0.0.1'].map(country!.believes), [true, false])
})

test('a header that nobody could be believed, or that nobody asks for, is refused', () => {
  const refused = (environment: Record<string, string>, words: RegExp) => {
    for (const read of [readSettings, readStandaloneSettings]) assert.throws(() => read(environment), words)
  }
  refused({ COUNTRY_HEADER: 'CF-IPCountry' }, /COUNTRY_HEADER needs TRUST_PROXY/)
  refused({ COUNTRY_HEADER: 'a b', TRUST_PROXY: 'loopback' }, /COUNTRY_HEADER: must be the name of a header/)
  const unasked = { COUNTRY_HEADER: 'x-country', TRUST_PROXY: 'loopback', DIMENSIONS: 'device' }
  refused(unasked, /DIMENSIONS does not name country/)
})
