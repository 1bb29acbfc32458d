import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { NOW_MS } from '../../testing/door-fixture.ts'
import { FORMATS } from './decode-body.ts'
import { EVENT_LIMITS } from './limits.ts'
import { ANY_NEW_VIDEO } from './new-videos.ts'
import { parseItems } from './parse.ts'

const LINES = FORMATS.get('application/x-ndjson')!
const CONTEXT = { ...EVENT_LIMITS, tenant: '', nowMs: NOW_MS, sourcesFromMs: 0 }
const KEYS = 60
/** The SDK reads no more of an answer. */
const CLIENT_ANSWER_BYTES_MAX = 256 * 1_024

/** A line with names that no other line has. */
function lineOf(line: number): string {
  return JSON.stringify(
    Object.fromEntries(Array.from({ length: KEYS }, (_, at) => [`line-${line}-${at}`, 1])),
  )
}

test('a megabyte of lines, whatever their names, is read in many turns', async () => {
  const lines = Array.from({ length: 1_000 }, (_, line) => lineOf(line))
  let turns = 0
  let isOver = false
  const parsed = parseItems(lines, LINES, CONTEXT, EVENT_LIMITS.eventBytesMax, ANY_NEW_VIDEO).finally(() => {
    isOver = true
  })
  for (; !isOver; turns++) await setImmediate()
  assert.equal((await parsed).rejected.length, 1_000)
  assert.ok(turns >= lines.join('').length / (70 << 10), `${turns} turns`)
})

test('the texts of a thousand rejections leave the answer within what clients read', async () => {
  const worst = { ['\0'.repeat(100)]: 1 }
  const items = Array.from({ length: 1_000 }, () => worst)
  const format = FORMATS.get('application/json')!
  const { rejected } = await parseItems(items, format, CONTEXT, EVENT_LIMITS.eventBytesMax, ANY_NEW_VIDEO)
  assert.deepEqual(
    rejected.map(({ index, code }) => [index, code]),
    items.map((_, index) => [index, 'unknown_field']),
  )
  assert.match(rejected[0]!.detail, /is not a field of an event$/)
  assert.ok(Buffer.byteLength(JSON.stringify(rejected)) < CLIENT_ANSWER_BYTES_MAX)
})
