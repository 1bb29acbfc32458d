import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, SettingsError, SettingsReader } from '../../lib/settings-reader.ts'
import { readObjectsSettings, readOverflowObjects } from './objects-settings.ts'

function settingsOf(environment: Environment) {
  const read = new SettingsReader(environment)
  const settings = readObjectsSettings(read, 'data')
  read.check()
  return settings
}

test('the archive is kept beside the other data, or in any directory', () => {
  const cases = {
    '': 'data/archive',
    'file:/var/archive': '/var/archive',
    'file:///var/archive': '/var/archive',
    'file:./here/archive': './here/archive',
  }
  for (const [ARCHIVE_URL, directory] of Object.entries(cases)) {
    assert.deepEqual(settingsOf({ ARCHIVE_URL }), { kind: 'file', directory }, ARCHIVE_URL)
  }
})

test('records of the overload lane are where all processes are told that they are, or nowhere', () => {
  const overflowOf = (environment: Environment, local: string | null) =>
    readOverflowObjects(new SettingsReader(environment), local)
  const directory = (path: string) => ({ kind: 'file', directory: path })
  assert.equal(overflowOf({}, null), null)
  assert.deepEqual(overflowOf({}, 'data/overflow'), directory('data/overflow'))
  assert.deepEqual(overflowOf({ OVERFLOW_URL: 'file:/shared' }, null), directory('/shared'))
})

test('a bucket is one of Amazon, unless an endpoint is named', () => {
  const amazon = {
    kind: 's3',
    bucket: 'tally-raw',
    prefix: '',
    endpoint: null,
    region: 'us-east-1',
    pathStyle: false,
    scratchBytesMax: 8 * 2 ** 30,
  }
  assert.deepEqual(settingsOf({ ARCHIVE_URL: 's3://tally-raw' }), amazon)
  const elsewhere = {
    ARCHIVE_URL: 's3://tally-raw/a/b=1/',
    S3_ENDPOINT: 'http://127.0.0.1:19000/',
    S3_REGION: 'eu-1',
    S3_SCRATCH_MIB_MAX: '64',
  }
  assert.deepEqual(settingsOf(elsewhere), {
    ...amazon,
    prefix: 'a/b=1',
    endpoint: 'http://127.0.0.1:19000',
    region: 'eu-1',
    pathStyle: true,
    scratchBytesMax: 64 * 2 ** 20,
  })
  const { pathStyle } = settingsOf({ ...elsewhere, S3_PATH_STYLE: 'false' }) as { pathStyle: boolean }
  assert.equal(pathStyle, false)
})

test('what is no place for an archive is refused', () => {
  for (const ARCHIVE_URL of [
    'archive',
    '/var/archive',
    'file:',
    'file://host/archive',
    'http://bucket',
    's3://',
    's3://A_Bucket',
    's3://bucket/a//b',
    's3://bucket/a b',
    's3://bucket/a/..',
    's3://key:secret@bucket',
  ]) {
    assert.throws(() => settingsOf({ ARCHIVE_URL }), /ARCHIVE_URL: must be file:DIRECTORY/, ARCHIVE_URL)
  }
})

test('every fault is named, and no credential is', () => {
  const environment = {
    ARCHIVE_URL: 's3://name:sesame@bucket',
    S3_ENDPOINT: 'http://name:sesame@127.0.0.1',
    S3_PATH_STYLE: 'maybe',
    S3_SCRATCH_MIB_MAX: '1',
  }
  assert.throws(
    () => settingsOf(environment),
    (error: SettingsError) => {
      assert.equal(error.faults.length, 4)
      for (const name of Object.keys(environment)) assert.match(error.message, new RegExp(name))
      assert.doesNotMatch(error.message, /sesame/)
      return error instanceof SettingsError
    },
  )
})
