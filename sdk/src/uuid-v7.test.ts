import assert from 'node:assert/strict'
import { test } from 'node:test'
import { platformRuntime } from './runtime.ts'
import { createUuidV7 } from './uuid-v7.ts'

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

function ids(count: number, clock: () => number, byte?: number): string[] {
  const randomBytes = (bytes: Uint8Array<ArrayBuffer>) => {
    if (byte === undefined) platformRuntime.randomBytes(bytes)
    else bytes.fill(byte)
  }
  const newId = createUuidV7({ nowMs: clock, randomBytes })
  return Array.from({ length: count }, newId)
}

function checkRising(made: readonly string[]) {
  for (const id of made) assert.match(id, FORM)
  for (const [at, id] of made.entries()) assert.ok(at === 0 || id > made[at - 1]!, `${at}: ${id}`)
}

test('the time of RFC 9562, appendix A.6, stands in front of the version', () => {
  const [id] = ids(1, () => 0x017f22e279b0, 0xff)
  assert.equal(id, '017f22e2-79b0-77ff-bfff-ffffffffffff')
})

test('ids rise within a millisecond, past the end of the counter', () => {
  checkRising(ids(10_000, () => 1_700_000_000_000))
})

test('ids rise while the clock steps back', () => {
  let now = 1_700_000_000_000
  checkRising(ids(1_000, () => now--))
})

test('ids of two generators in the same millisecond differ', () => {
  const all = [...ids(1_000, () => 1), ...ids(1_000, () => 1)]
  assert.equal(new Set(all).size, 2_000)
})

test('no two ids share their random bits, however many are made', () => {
  let now = 1_700_000_000_000
  const made = ids(10_000, () => now++)
  checkRising(made)
  assert.equal(new Set(made.map((id) => id.slice(-17))).size, made.length)
})
