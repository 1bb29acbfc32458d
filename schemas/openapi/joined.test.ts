import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joined } from './joined.ts'

test('what the parts have is in the whole, by name and in order', () => {
  const whole = joined('schema', { some: { A: { type: 'object' }, B: {} }, others: { C: { items: 1 } } })
  assert.deepEqual(Object.keys(whole), ['A', 'B', 'C'])
  assert.deepEqual([whole.A.type, whole.C.items], ['object', 1])
})

test('a name that two parts have is refused, with both places', () => {
  const parts = { alertSchemas: { Alert: {} }, querySchemas: { Query: {} }, videoSchemas: { Alert: {} } }
  assert.throws(() => joined('schema', parts), /the schema Alert is in alertSchemas and in videoSchemas/)
})
