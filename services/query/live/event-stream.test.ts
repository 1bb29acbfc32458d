import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { EventStream } from './event-stream.ts'

/** A stream to a client that reads `bytes` and then stops until the test lets it continue. */
function streamTo(bufferBytesMax: number) {
  const taken: string[] = []
  let goOn: (() => void) | null = null
  let isStalled = false
  const client = new Writable({
    write(chunk, _encoding, done) {
      taken.push(String(chunk))
      if (isStalled) goOn = done
      else done()
    },
  })
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  response.assignSocket(client as unknown as Socket)
  const stream = new EventStream(response, bufferBytesMax)
  return {
    ...{ stream, response, taken },
    stall: () => {
      isStalled = true
    },
    resume: () => {
      isStalled = false
      goOn?.()
    },
  }
}

test('what comes before the head follows it', async () => {
  const { stream, taken } = streamTo(1_000)
  assert.ok(stream.send('counts', 7, '{}'))
  assert.ok(stream.beat())
  stream.open({ vary: 'origin' }, 1_000.4)
  stream.beat()
  await new Promise(setImmediate)
  const text = taken.join('')
  assert.match(text, /^HTTP\/1\.1 200 OK\r\nvary: origin\r\ncontent-type: text\/event-stream/)
  assert.match(text, /retry: 1000\n\nevent: counts\nid: 7\ndata: \{\}\n\n/)
  assert.match(text, /: heartbeat\n\n/)
})

test('a client that stalls is owed a bounded number of bytes, and is told why it is dropped', async () => {
  const { stream, response, taken, stall, resume } = streamTo(10_000)
  stream.open({}, 1_000)
  stall()
  let sent = 0
  while (stream.send('counts', sent, `"${'ü'.repeat(100)}"`)) sent++
  assert.ok(sent >= 38 && sent <= 46, `${sent} messages`)
  assert.ok(response.writableLength < 11_000, `${response.writableLength} bytes`)
  assert.equal(stream.wasDropped, true)
  assert.equal(stream.beat(), false)
  resume()
  await new Promise((resolve) => response.once('finish', resolve))
  assert.match(
    taken.join(''),
    /event: dropped\ndata: \{"reason":"More than 10000 bytes were not read."\}\n\n/,
  )
})

test('a stream that ends says so once', async () => {
  const { stream, taken } = streamTo(1_000)
  stream.open({}, 1_000)
  stream.end()
  stream.end()
  assert.equal(stream.send('counts', 1, '{}'), false)
  await new Promise(setImmediate)
  assert.equal(taken.join('').match(/: closing/g)!.length, 1)
  assert.equal(stream.wasDropped, false)
})
