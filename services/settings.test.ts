import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Environment, SettingsError } from '../lib/settings-reader.ts'
import { readSettings as readReconcilerSettings } from './reconciler/settings.ts'
import { readSettings } from './standalone/settings.ts'

describe('is refused, since it could not be honoured:', () => {
  const check = (environment: Record<string, string>, fault: RegExp, read: (of: Environment) => unknown) =>
    test(JSON.stringify(environment), () =>
      assert.throws(
        () => read(environment),
        (error) =>
          error instanceof SettingsError && error.faults.length === 1 && fault.test(error.faults[0]!),
      ),
    )
  const often = /^PROBE_INTERVAL_S must be 0 or a whole number from 60 to 300, not "\d+"$/
  check({ PROBE_INTERVAL_S: '1' }, often, readSettings)
  check({ PROBE_INTERVAL_S: '301' }, often, readSettings) // alerts would take it for stopped
  check({ PROBE_INTERVAL_S: '59', PROBE_URL: 'http://a' }, often, readReconcilerSettings)
  check({ API_KEYS: 'k=acme', PROBE_INTERVAL_S: '90' }, /^PROBE_INTERVAL_S .* PROBE_KEY/, readSettings)
  check({ PROBE_INTERVAL_S: '90' }, /^PROBE_INTERVAL_S .* PROBE_URL/, readReconcilerSettings)
  check({ ALERTS_INTERVAL_MS: '99' }, /^ALERTS_INTERVAL_MS must be 0 or .* from 100 to 60000/, readSettings)
  check({ SPLIT_VIDEOS: 'hot=8' }, /^SPLIT_VIDEOS: hot .* 8 .* 4 partitions/, readSettings)
  check({ SPLIT_VIDEOS: 'a=2,b=9', PARTITIONS: '8' }, /^SPLIT_VIDEOS: b .* 9 .* 8 part/, readSettings)
  check({ SPLIT_VIDEOS: 'a=2,a=3' }, /^SPLIT_VIDEOS names a twice$/, readSettings)
  check({ CASSANDRA_PASSWORD: 'p' }, /^CASSANDRA_PASSWORD .* CASSANDRA_USERNAME/, readReconcilerSettings)
})

test('what can be honoured is', () => {
  assert.equal(readSettings({ PROBE_INTERVAL_S: '61' }).probe?.intervalMs, 61_000)
  assert.equal(readSettings({}).probe?.intervalMs, 60_000)
  assert.equal(readSettings({ PROBE_INTERVAL_S: '0', API_KEYS: 'k=acme' }).probe, null)
  assert.equal(readSettings({ API_KEYS: 'k=acme' }).probe, null)
  const spread = { SPLIT_VIDEOS: 'hot=8', DEDICATED_CHANNELS: 'news=8' }
  assert.equal(readSettings(spread).layout.splits.get('hot'), 8)
  const probed = { PROBE_URL: 'http://tally.example', PROBE_INTERVAL_S: '90' }
  assert.equal(readReconcilerSettings(probed).probe?.intervalMs, 90_000)
})
