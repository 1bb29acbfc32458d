import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readTraceparents, TRACEPARENTS_MAX } from './traceparents.ts'

const [TRACE, SPAN] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
const GOOD = `00-${TRACE}-${SPAN}-01`

const read = (...values: (string | null)[]) =>
  readTraceparents(values.map((value) => (value === null ? null : Buffer.from(value))))

test('contexts of told requests are read as they were written', () => {
  assert.deepEqual(read(GOOD), { traceparents: [GOOD] })
  assert.deepEqual(read(GOOD, GOOD), { traceparents: [GOOD, GOOD] })
  assert.deepEqual(read(), {})
})

test('whatever else somebody writes is left out', () => {
  const hostile = [
    null,
    '',
    `00-${TRACE}-${SPAN}-00`,
    `ff-${TRACE}-${SPAN}-01`,
    `01-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    GOOD.toUpperCase(),
    `${GOOD}\n`,
    `${GOOD}-more`,
    ` ${GOOD}`,
    `${GOOD.slice(0, -1)}\u0131`,
    '\0'.repeat(55),
    'é'.repeat(55),
    'x'.repeat(1 << 20),
  ]
  for (const value of hostile) assert.deepEqual(read(value), {}, JSON.stringify(value?.slice(0, 99)))
  assert.deepEqual(read(null, GOOD, 'x'), { traceparents: [GOOD] })
})

test('of many, the first few are looked at', () => {
  const many = Array.from({ length: 100_000 }, () => GOOD)
  assert.equal(read(...many).traceparents?.length, TRACEPARENTS_MAX)
  assert.deepEqual(read(...many.slice(0, TRACEPARENTS_MAX).fill('x'), GOOD), {})
})
