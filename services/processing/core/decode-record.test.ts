import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FINGERPRINT_WORDS } from '../../../model/fingerprint-set.ts'
import { NameKey } from '../../../model/name-key.ts'
import { decoded, NAME_KEY, recordOf, schemas } from '../../../testing/event-fixture.ts'
import { Decoder } from './decode-record.ts'

const TIME = '12:00:00'

function fingerprint(event: string): string {
  const [record] = decoded([recordOf(0, TIME, event)])
  return record!.fingerprints.subarray(0, FINGERPRINT_WORDS).join(' ')
}

function keyHash(event: string): number {
  return decoded([recordOf(0, TIME, event)])[0]!.keyHashes[0]!
}

test('copies of an event have one fingerprint, wherever they stand', () => {
  const [record] = decoded([recordOf(0, TIME, 'a:1@12:00:00=5', 'b:2@12:00:00', 'a:1@12:00:01')])
  const at = (i: number) => record!.fingerprints.subarray(FINGERPRINT_WORDS * i, FINGERPRINT_WORDS * (i + 1))
  assert.deepEqual(at(0), at(2))
  assert.notDeepEqual(at(0), at(1))
  assert.equal(at(0).join(' '), fingerprint('a:1@11:00:00'))
})

test('an id names an event within its video and type', () => {
  assert.notEqual(fingerprint('a:1@12:00:00'), fingerprint('b:1@12:00:00'))
  assert.notEqual(fingerprint('a:1@12:00:00'), fingerprint('a:2@12:00:00'))
  assert.notEqual(fingerprint('a:1@12:00:00'), fingerprint('a/like:1@12:00:00'))
})

test('the parts of a name are told apart by their lengths', () => {
  const nameOf = (videoId: string, type: string, id: string) =>
    fingerprint(`${videoId}/${type}:${id}@12:00:00`)
  const names = [nameOf('ab', 'c', 'd'), nameOf('a', 'bc', 'd'), nameOf('a', 'b', 'cd')]
  assert.equal(new Set(names).size, 3)
})

test('another key makes other fingerprints and other hashes of keys', () => {
  const record = recordOf(0, TIME, 'a:1@12:00:00')
  const other = new NameKey(new Uint8Array(16).fill(9))
  const [[one] = []] = new Decoder(schemas, NAME_KEY).decode([record])
  const [[two] = []] = new Decoder(schemas, other).decode([record])
  for (let word = 0; word < FINGERPRINT_WORDS; word++)
    assert.notEqual(one!.fingerprints[word], two!.fingerprints[word])
  assert.notEqual(one!.keyHashes[0], two!.keyHashes[0])
})

test('an unreadable event takes nothing over from the one that stood there before', () => {
  const decoder = new Decoder(schemas, NAME_KEY)
  const long = 'x'.repeat(400)
  for (const [record] of decoder.decode([recordOf(0, TIME, 'a:1@12:00:00', `${long}:1@12:00:00`)]))
    assert.equal(record!.columns.count, 2)
  const [[record] = []] = decoder.decode([recordOf(1, TIME, 'a:2@12:00:00', '!', 'a:3@12:00:00')])
  const last = record!.fingerprints.subarray(2 * FINGERPRINT_WORDS, 3 * FINGERPRINT_WORDS)
  assert.equal(last.join(' '), fingerprint('a:3@12:00:00'))
})

test('the hash of a key knows video and type and nothing else', () => {
  assert.equal(keyHash('a:1@12:00:00'), keyHash('a:2@12:07:00=3'))
  assert.notEqual(keyHash('a:1@12:00:00'), keyHash('b:1@12:00:00'))
  assert.notEqual(keyHash('a:1@12:00:00'), keyHash('a/like:1@12:00:00'))
})

test('an unreadable record says why and takes nothing over from the record before', () => {
  const decoder = new Decoder(schemas, NAME_KEY)
  const [good] = Array.from(decoder.decode([recordOf(4, TIME, 'a:1@12:00:00')])).flat()
  assert.equal(good!.columns.count, 1)
  const [bad] = Array.from(decoder.decode([recordOf(5, TIME, '?')])).flat()
  assert.equal(bad!.offset, 5)
  assert.equal(bad!.fault, 'not_a_record')
  assert.equal(bad!.columns.count, 0)
})

test('records come in lots of bounded size, all of them, in order', () => {
  const records = Array.from({ length: 150 }, (_, offset) => recordOf(offset, TIME, 'a:1@12:00:00'))
  const lots: number[][] = []
  for (const lot of new Decoder(schemas, NAME_KEY).decode(records)) lots.push(lot.map(({ offset }) => offset))
  assert.deepEqual(
    lots.map((lot) => lot.length),
    [64, 64, 22],
  )
  assert.deepEqual(
    lots.flat(),
    records.map(({ offset }) => offset),
  )
})

test('a record of more events than any before is hashed whole', () => {
  const events = Array.from({ length: 3_000 }, (_, i) => `a:${i}@12:00:00`)
  const [record] = decoded([recordOf(0, TIME, ...events)])
  const last = record!.fingerprints.subarray(2_999 * FINGERPRINT_WORDS, 3_000 * FINGERPRINT_WORDS)
  assert.equal(last.join(' '), fingerprint('a:2999@12:00:00'))
})
