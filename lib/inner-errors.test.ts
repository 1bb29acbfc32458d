import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorsWithin } from './inner-errors.ts'

test('All errors within an error are found, outermost first', () => {
  const driver = Object.assign(new Error('c'), { innerErrors: { host: new Error('d') } })
  const error = new Error('a', { cause: new AggregateError([driver, 'text'], 'b') })
  assert.deepEqual(
    Array.from(errorsWithin(error), ({ message }) => message),
    ['a', 'b', 'c', 'd'],
  )
  assert.deepEqual(Array.from(errorsWithin('text')), [])
})
