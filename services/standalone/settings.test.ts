import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { SettingsError } from '../../lib/settings-reader.ts'
import { readSettings } from './settings.ts'

test('without any setting the defaults hold', () => {
  const settings = readSettings({})
  assert.equal(settings.port, 8080)
  assert.equal(settings.dataDirectory, './data')
  assert.equal(settings.layout.partitions, 4)
  assert.equal(settings.workers, 1)
  assert.equal(settings.limits.horizonMs, settings.driver.horizonMs)
})

test('an empty variable is the same as none', () => {
  assert.equal(readSettings({ PORT: '', DATA_DIR: ' ' }).port, 8080)
})

test('the core allows for servers whose clocks differ from the door’s', () => {
  const { limits, driver } = readSettings({ AHEAD_MS: '1000' })
  assert.equal(limits.aheadMs, 1_000)
  assert.ok(driver.aheadMs > limits.aheadMs)
})

test('splits and dedicated channels are lists of counts', () => {
  const { layout } = readSettings({
    ...{ PARTITIONS: '8', SPLIT_VIDEOS: 'hot=4, acme/hotter=8', DEDICATED_CHANNELS: 'news=2' },
  })
  assert.deepEqual(Array.from(layout.splits), [
    ['hot', 4],
    ['acme/hotter', 8],
  ])
  assert.deepEqual(Array.from(layout.dedicated), [['news', 2]])
})

test('all faults are told together, each with its name and rule, and no key is shown', () => {
  const environment = {
    PORT: '70000',
    PARTITIONS: '0',
    LOG_LEVEL: 'loud',
    SPLIT_VIDEOS: 'hot=many',
    API_KEYS: 'sekret-without-tenant',
    FLUSH_INTERVAL_MS: '1s',
    TRUST_PROXY: 'true',
    ALLOWED_HOSTS: 'http://tally.example',
    WORKERS: '65',
  }
  assert.throws(
    () => readSettings(environment),
    (error) => {
      assert.ok(error instanceof SettingsError)
      assert.equal(error.faults.length, 9)
      for (const name of Object.keys(environment)) assert.match(error.message, new RegExp(name))
      assert.match(error.message, /whole number from 1 to 1024, not "0"/)
      assert.match(error.message, /WORKERS must be a whole number from 1 to 64, not "65"/)
      assert.doesNotMatch(error.message, /sekret/)
      return true
    },
  )
})

test('docs/settings.md names every setting', () => {
  const root = new URL('../../', import.meta.url)
  const names = globSync('{lib,stores,services}/**/*{settings,window}.ts', { cwd: root.pathname })
  const sources = names.map((name) => readFileSync(new URL(name, root), 'utf8'))
  const documented = readFileSync(new URL('docs/settings.md', root), 'utf8')
  const reads = sources.flatMap((source) =>
    Array.from(source.matchAll(/read\s*\.\w+\('([A-Z0-9_]+)'/g), ([, name]) => name!),
  )
  assert.ok(reads.length > 15)
  assert.deepEqual(
    reads.filter((name) => !documented.includes(`\`${name}\``)),
    [],
  )
})
