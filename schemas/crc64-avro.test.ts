import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc64Avro } from './crc64-avro.ts'

// Avro's share/test/data/schema-tests.txt gives these as signed numbers.
const PUBLISHED: readonly (readonly [string, bigint])[] = [
  ['"null"', 7195948357588979594n],
  ['"boolean"', -6970731678124411036n],
  ['"int"', 8247732601305521295n],
  ['"long"', -3434872931120570953n],
  ['"float"', 5583340709985441680n],
  ['"double"', -8181574048448539266n],
  ['"bytes"', 5746618253357095269n],
  ['"string"', -8142146995180207161n],
]

test('fingerprints of canonical forms are those that Avro publishes', () => {
  for (const [canonical, fingerprint] of PUBLISHED) {
    assert.equal(crc64Avro(canonical), BigInt.asUintN(64, fingerprint), canonical)
  }
  assert.equal(crc64Avro('"null"'), 0x63dd24e7cc258f8an)
  assert.equal(crc64Avro('"int"'), 0x7275d51a3f395c8fn)
})

test('the fingerprint of nothing is that of the empty text', () => {
  assert.equal(crc64Avro(''), 0xc15d213aa4d7a795n)
})
