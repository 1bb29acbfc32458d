import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readJson } from './json-text.ts'

function reads(name: string, text: string, value: unknown): void {
  test(`${name} is read`, () => assert.deepEqual(readJson(text), { ok: true, value }))
}

function refuses(name: string, text: string, fault: string): void {
  test(`${name} is ${fault}`, () => assert.deepEqual(readJson(text), { ok: false, fault }))
}

/** Makes a text large enough to be scanned. */
function large(text: string): string {
  return text + ' '.repeat(32 << 10)
}

function nest(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth)
}

reads('a value', '{"a":[1,null]}', { a: [1, null] })
reads('null', 'null', null)
reads('the last of duplicate keys', '{"a":1,"a":2}', { a: 2 })
reads('a number beyond all doubles', '1e999', Number.POSITIVE_INFINITY)
reads('a number of a million digits', '9'.repeat(1 << 20), Number.POSITIVE_INFINITY)
refuses('an empty text', '', 'not_json')
refuses('half a value', '{"a":', 'not_json')
refuses('half of a large value', large('{"a":'), 'not_json')
refuses('more than one value', '1 2', 'not_json')

refuses('a megabyte of opening brackets', '['.repeat(1 << 20), 'too_complex')
refuses('65 levels', large(nest(65)), 'too_complex')
refuses('65 levels of objects', large('{"a":'.repeat(65) + 1 + '}'.repeat(65)), 'too_complex')
refuses('65 levels behind a string with a quote', large(`["\\"",${nest(64)}]`), 'too_complex')
refuses('40,001 values', JSON.stringify(Array(40_001).fill(1)), 'too_complex')
refuses('20,001 values in 20,001 objects', JSON.stringify(Array(20_001).fill({ a: 1 })), 'too_complex')

test('64 levels are read', () => assert.ok(readJson(large(nest(64))).ok))
reads('a text of 40,000 values', JSON.stringify(Array(39_999).fill(1)), Array(39_999).fill(1))
for (const text of ['[', '"[', '\\"[', '\\\\', ',']) {
  reads(`a string of 40,001 «${text}»`, JSON.stringify(text.repeat(40_001)), text.repeat(40_001))
}
