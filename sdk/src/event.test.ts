import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Captured, type CaptureRules, capture, recapture, type TallyEvent } from './event.ts'

const NOW_MS = 1_700_000_000_000
const RULES: CaptureRules = { newId: () => 'made', offsetMs: 0, strict: false }

function take(event: unknown, rules: Partial<CaptureRules> = {}) {
  return capture(event as TallyEvent, NOW_MS, { ...RULES, ...rules })
}

function checkWritten(event: unknown, expected: unknown, rules: Partial<CaptureRules> = {}) {
  const taken = take(event, rules)
  assert.ok('json' in taken, JSON.stringify(taken))
  assert.deepEqual(JSON.parse(taken.json), expected)
}

function checkRejected(event: unknown, code: string, detail: RegExp, rules: Partial<CaptureRules> = {}) {
  const taken = take(event, rules)
  assert.ok('code' in taken, 'it was captured')
  assert.equal(taken.code, code)
  assert.match(taken.detail, detail)
}

test('id and time are made where they are missing or null, and kept where they are given', () => {
  checkWritten({ type: 'view' }, { type: 'view', id: 'made', time: NOW_MS })
  checkWritten({ id: null, time: null }, { id: 'made', time: NOW_MS })
  checkWritten({ id: 'mine', time: 7 }, { id: 'mine', time: 7 })
  checkWritten({ id: 'mine', time: 7 }, { id: 'mine', time: 7 }, { offsetMs: 60_000 })
  checkWritten({}, { id: 'made', time: NOW_MS + 60_000 }, { offsetMs: 60_000 })
})

test('a value is rounded, and JSON changes none in silence', () => {
  checkWritten({ id: 'i', time: 0, value: 12.345678 }, { id: 'i', time: 0, value: 12.346 })
  checkWritten({ id: 'i', time: 0, value: -0 }, { id: 'i', time: 0, value: 0 })
  checkWritten({ id: 'i', time: 0, value: '1.5' }, { id: 'i', time: 0, value: '1.5' })
  for (const value of [Number.NaN, Infinity, -Infinity, Object(Number.NaN)]) {
    checkRejected({ value }, 'invalid_value', /finite/)
  }
  checkRejected({ value: () => 5 }, 'invalid_value', /function/)
  checkRejected({ value: Symbol('5') }, 'invalid_value', /symbol/)
  for (const time of [Number.NaN, Infinity, new Date(Number.NaN)])
    checkRejected({ time }, 'invalid_time', /time/)
})

test('a strict client refuses what it would have to round', () => {
  checkRejected({ value: 0.1 + 0.2 }, 'invalid_value', /3 decimal places/, { strict: true })
  checkWritten({ id: 'i', time: 0, value: 1.005 }, { id: 'i', time: 0, value: 1.005 }, { strict: true })
})

test('an event writes itself where it can', () => {
  const inner = { type: 'view', value: 0.30000000000000004 }
  checkWritten({ toJSON: () => inner }, { type: 'view', value: 0.3, id: 'made', time: NOW_MS })
  class Own {
    toJSON() {
      return { ...inner, id: 'own', toJSON: () => 'not called again' }
    }
  }
  checkWritten(new Own(), { type: 'view', value: 0.3, id: 'own', time: NOW_MS })
})

test('the reason of what cannot be written is short, whatever was thrown', () => {
  const throwing = (thrown: unknown) => ({
    get type() {
      throw thrown
    },
  })
  checkRejected(throwing(new Error('no type today')), 'invalid_event', /no type today$/)
  checkRejected(throwing('text'), 'invalid_event', /text$/)
  checkRejected(throwing(new Error('x'.repeat(10_000))), 'invalid_event', /^.{100,300}$/)
  checkRejected(throwing(null), 'invalid_event', /cannot be written as JSON$/)
  checkRejected(throwing(Object.create(null)), 'invalid_event', /cannot be written as JSON$/)
  checkRejected({ value: 1n }, 'invalid_event', /BigInt/)
})

test('a time is mended only where it was taken from the clock, and the id stays', () => {
  const own = take({ type: 'view', value: 1 }) as Captured
  const rules = { ...RULES, offsetMs: -90_000, newId: () => assert.fail('a new id') }
  const mended = recapture(own.event, own.clockMs!, rules) as Captured
  assert.deepEqual(JSON.parse(mended.json), { type: 'view', value: 1, id: 'made', time: NOW_MS - 90_000 })
  assert.equal((take({ type: 'view', time: NOW_MS }) as Captured).clockMs, undefined)
})
