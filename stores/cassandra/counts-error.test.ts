import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errors, types } from 'cassandra-driver'
import { CountsError, type CountsErrorCode, countsErrorOf } from './counts-error.ts'

const { responseErrorCodes: codes } = types
const answered = (code: number) => new errors.ResponseError(code, 'why')
const noHost = (...reasons: Error[]) => new errors.NoHostAvailableError(Object.fromEntries(reasons.entries()))

function check(what: string, error: Error, expected: CountsErrorCode): void {
  test(`${what} is ${expected}`, () => {
    const known = countsErrorOf(error)
    assert.equal(known.code, expected)
    assert.equal(known.cause, error)
  })
}

check('a missing quorum', answered(codes.unavailableException), 'unavailable')
check('a late quorum', answered(codes.writeTimeout), 'timeout')
check('a silent node', new errors.OperationTimedOutError('why'), 'timeout')
check('a busy server', answered(codes.overloaded), 'overloaded')
check('a value out of bounds', answered(codes.invalid), 'refused')
check('a wrong password', noHost(new errors.AuthenticationError('why')), 'forbidden')
check(
  'a wrong password and a dead node',
  noHost(new errors.AuthenticationError('why'), new Error('x')),
  'unavailable',
)
check('no node at all', noHost(), 'unavailable')
check('anything else', new Error('why'), 'unavailable')

test('an error of ours stays as it is', () => {
  const error = new CountsError('schema_missing', 'why')
  assert.equal(countsErrorOf(error), error)
})
