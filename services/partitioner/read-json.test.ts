import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import type { Shape } from './json-layout.ts'
import { type JsonFault, readItems } from './read-json.ts'

const AT_ONCE_CHARS = 32 << 10
const LIMITS = { itemsMax: 50_000, itemBytesMax: 32 << 10 }
const SHAPES: readonly Shape[] = ['value', 'array', 'events']

const read = (text: string, shape: Shape = 'events') => readItems(text, shape, LIMITS)

function reads(name: string, text: string, items: readonly unknown[], shape?: Shape): void {
  test(`${name} is read`, async () => assert.deepEqual(await read(text, shape), { ok: true, items }))
}

function refuses(name: string, text: string, fault: JsonFault, shape?: Shape): void {
  test(`${name} is ${fault}`, async () => assert.deepEqual(await read(text, shape), { ok: false, fault }))
}

/** Makes a text so large that it is not parsed in one go. */
const large = (text: string) => text + ' '.repeat(AT_ONCE_CHARS)
const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)
const fields = (count: number, prefix = 'k') =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, 1]))

for (const [size, sized] of [
  ['small', (text: string) => text],
  ['large', large],
] as const) {
  describe(`of a ${size} body`, () => {
    reads('an event', sized('{"a":[1,null]}'), [{ a: [1, null] }])
    reads('null', sized('null'), [null])
    reads('the last of duplicate fields', sized('{"a":1,"a":2}'), [{ a: 2 }])
    reads('an empty array', sized(' [ ] '), [])
    reads('an array', sized('[1, {"a":"]"} ,"x"]'), [1, { a: ']' }, 'x'])
    reads('an envelope', sized(' { "events" : [ {"a":1},2 ] } '), [{ a: 1 }, 2])
    reads('an empty envelope', sized('{"events":[]}'), [])
    reads('an envelope whose name is escaped', sized('{"\\u0065vents":[1]}'), [1])
    reads('an array that is one value', sized('[1,2]'), [[1, 2]], 'value')
    reads('an envelope that is one value', sized('{"events":[1]}'), [{ events: [1] }], 'value')
    refuses('an empty text', sized(''), 'not_json')
    refuses('half a value', sized('{"a":'), 'not_json')
    refuses('more than one value', sized('1 2'), 'not_json')
    refuses('an array that does not end', sized('[1,2'), 'not_json')
    refuses('an array that ends twice', sized('[1,2]]'), 'not_json')
    refuses('an array behind which something stands', sized('[1,2],3'), 'not_json')
    refuses('an array with a hole', sized('[1,,2]'), 'not_json')
    refuses('an array that ends with a comma', sized('[1,]'), 'not_json')
    refuses('an array of a comma', sized('[,]'), 'not_json')
    refuses('brackets of two kinds', sized('[{],[}]'), 'not_json')
    refuses('an item that is no JSON', sized('[{"a":1},{"a"}]'), 'not_json')
    refuses('an envelope that does not end', sized('{"events":[1]'), 'not_json')
    refuses('an envelope of one event', sized('{"events":{}}'), 'events_not_array')
    refuses('what stands behind events', sized('{"events":[1],"a":2}'), 'beside_events')
    refuses('what stands before events', sized('{"a":2,"events":[1]}'), 'beside_events')
    refuses('an event for a batch', sized('{}'), 'not_array', 'array')
    refuses('an envelope for a batch', sized('{"events":[1]}'), 'not_array', 'array')
  })
}

reads('a number of a million digits', '9'.repeat(1 << 20), [Number.POSITIVE_INFINITY])
refuses('a megabyte of opening brackets', '['.repeat(1 << 20), 'too_complex')
refuses('65 levels', large(nest(65)), 'too_complex')
refuses('65 levels as one value', large(nest(65)), 'too_complex', 'value')
refuses('65 levels of objects', large('{"a":'.repeat(65) + 1 + '}'.repeat(65)), 'too_complex')
refuses('65 levels behind a string with a quote', large(`["\\"",${nest(64)}]`), 'too_complex')
refuses('40,001 values', JSON.stringify(Array(40_001).fill(1)), 'too_complex')
refuses('20,001 values in 20,001 objects', JSON.stringify(Array(20_001).fill({ a: 1 })), 'too_complex')
reads('a text of 40,000 values', JSON.stringify(Array(40_000).fill(1)), Array(40_000).fill(1))
test('64 levels are read', async () => assert.ok((await read(large(nest(64)))).ok))
for (const text of ['[', '"[', '\\"[', '\\\\', ',']) {
  reads(`a string of 40,001 «${text}»`, JSON.stringify(text.repeat(40_001)), [text.repeat(40_001)])
}

test('a large body is read as a small one is', async () => {
  const item = fc.oneof(fc.json({ maxDepth: 4 }), fc.json({ maxDepth: 4 }).map(escaped))
  const list = fc.array(item, { maxLength: 12 }).map((items) => `[${items.join(' ,\n')}]`)
  const body = fc.oneof(
    item,
    list,
    list.map((text) => ` {"events": ${text}}`),
  )
  const spoilt = fc.tuple(body, fc.nat(), fc.constantFrom('', ',', ']', '}', '"', '\\', '1'))
  const any = fc.oneof(
    body,
    spoilt.map(([text, at, other]) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + other + text.slice(place + 1)
    }),
  )
  await fc.assert(
    fc.asyncProperty(any, fc.constantFrom(...SHAPES), async (text, shape) => {
      const [small, same] = [await read(text, shape), await read(large(text), shape)]
      // What stands behind the events is not parsed to see whether it is JSON.
      if (!same.ok && same.fault === 'beside_events') assert.equal(small.ok, false)
      else assert.deepEqual(same, small)
    }),
    { numRuns: 2_000 },
  )
})

/** The same JSON with every letter of its strings written as an escape. */
function escaped(json: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"/g, (string) =>
    string.replace(/\\.|[a-z]/gi, (one) => (one.length > 1 ? one : `\\u00${one.charCodeAt(0).toString(16)}`)),
  )
}

test('an item that is larger than it may be, and holds many values, stays text', async () => {
  const item = JSON.stringify(fields(6_000))
  for (const [text, shape] of [
    [item, 'value'],
    [`[${item}]`, 'array'],
    [`{"events":[${item}]}`, 'events'],
  ] as const) {
    assert.deepEqual(await read(text, shape), { ok: true, items: [item] })
  }
})

test('blanks and escapes make no item larger', async () => {
  const item = JSON.stringify(fields(3_000), null, 20)
  assert.deepEqual(await read(item), { ok: true, items: [fields(3_000)] })
  const long = escaped(JSON.stringify(fields(2_500, 'aaa')))
  assert.ok(long.length > LIMITS.itemBytesMax)
  assert.deepEqual(await read(long), { ok: true, items: [fields(2_500, 'aaa')] })
})

test('whatever its names are, a large body is read in many turns', async () => {
  const items = Array.from({ length: 600 }, (_, item) => fields(60, `item-${item}-`))
  const text = JSON.stringify({ events: items })
  let turns = 0
  let isOver = false
  const reading = read(text).finally(() => {
    isOver = true
  })
  for (; !isOver; turns++) await setImmediate()
  assert.deepEqual(await reading, { ok: true, items })
  assert.ok(turns >= text.length / (2 * AT_ONCE_CHARS), `${turns} turns`)
})
