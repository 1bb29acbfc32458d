import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { InFlight } from './in-flight.ts'
import { receiveBody } from './receive-body.ts'

const BYTES_MAX = 20_000
const TEXT = '0123456789'.repeat(1_500)

/** `declared`: the Content-Length; none for a body that is sent in chunks. */
async function received(pieces: readonly string[], declared?: number): Promise<[string, number]> {
  let held = 0
  const inFlight = new InFlight(BYTES_MAX, (bytes) => {
    held = bytes
  })
  const headers = declared === undefined ? {} : { 'content-length': String(declared) }
  const payload = Object.assign(Readable.from(pieces.map((piece) => Buffer.from(piece))), { headers })
  const body = await receiveBody(payload as unknown as IncomingMessage, BYTES_MAX, inFlight.take())
  return [body.toString(), held]
}

/** Pieces of one length, but the last. */
function cut(length: number): string[] {
  return Array.from({ length: Math.ceil(TEXT.length / length) }, (_, i) =>
    TEXT.slice(i * length, (i + 1) * length),
  )
}

test('a body is the same in one piece and in many, and takes as much room as it has bytes', async () => {
  for (const declared of [undefined, TEXT.length]) {
    for (const length of [TEXT.length, 7_500, 4_096, 7]) {
      assert.deepEqual(await received(cut(length), declared), [TEXT, TEXT.length], `${length}, ${declared}`)
    }
  }
})

test('a piece that is as long as was declared, and is not the only one, loses nothing', async () => {
  assert.deepEqual(await received(['ab', 'cd', 'e'], 2), ['abcde', 5])
  assert.deepEqual(await received(['a', 'bcd', 'ef'], 3), ['abcdef', 6])
})

test('an empty body has no bytes', async () => {
  assert.deepEqual(await received([]), ['', 0])
  assert.deepEqual(await received([], 0), ['', 0])
})

test('a body beyond the limit is refused, declared or not', async () => {
  await assert.rejects(received([], BYTES_MAX + 1), { type: 'body-too-large' })
  await assert.rejects(received([TEXT, TEXT]), { type: 'body-too-large' })
})
