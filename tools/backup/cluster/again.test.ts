import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { CopiedObjects } from '../../../stores/archive/duckdb/copy.ts'
import { S3Error, type S3ErrorCode } from '../../../stores/objects/s3/s3-error.ts'
import { tellFailure } from '../../tell-failure.ts'
import { askedAgain } from './again.ts'

/** Fails at first, so many times. */
function failing(code: S3ErrorCode, times: number) {
  const asked = { calls: 0 }
  const objects: CopiedObjects = {
    async list() {
      if (asked.calls++ < times) throw new S3Error(code, 'The bucket is away.')
      return []
    },
    read: async () => null,
    open: () => assert.fail('nobody does'),
  }
  return { asked, objects }
}

const noWait = { sleep: async () => {} }

test('a bucket that is away for a moment is asked again', async () => {
  const { asked, objects } = failing('unavailable', 3)
  assert.deepEqual(await askedAgain(objects, noWait).list(''), [])
  assert.equal(asked.calls, 4)
})

test('a bucket that refuses is not', async () => {
  const { asked, objects } = failing('forbidden', 1)
  await assert.rejects(askedAgain(objects, noWait).list(''), { code: 'forbidden' })
  assert.equal(asked.calls, 1)
})

test('a command tells in words what a bucket refuses', () => {
  const told = mock.method(console, 'error', () => {})
  const { exitCode } = process
  tellFailure(new S3Error('bucket_missing', 'http://s3 has no bucket raw: make it, or name another.'))
  assert.equal(process.exitCode, 1)
  process.exitCode = exitCode
  told.mock.restore()
  assert.deepEqual(
    told.mock.calls.map((call) => call.arguments),
    [['http://s3 has no bucket raw: make it, or name another.']],
  )
})
