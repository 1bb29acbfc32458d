import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { sampleText } from './make-sample.ts'

test('the sample is what its generator makes', () => {
  const packed = readFileSync(new URL('sample.csv.gz', import.meta.url))
  assert.ok(gunzipSync(packed).toString() === sampleText(), 'run node tools/replay/make-sample.ts')
})
