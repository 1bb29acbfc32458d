import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { suite, test } from 'node:test'
import type { Address } from '../nodes.ts'
import { askCql, frame } from './cql-probe.ts'
import { accepts } from './exchange.ts'
import { brokersSeenBy, parseBrokers } from './kafka-probe.ts'

const HOST = '127.0.0.1'

/** A server that answers the nth chunk of a connection with the nth answer, and then hangs up. */
async function answering(answers: readonly Buffer[], ask: (address: Address) => Promise<void>) {
  const server = createServer((socket) => {
    let next = 0
    socket.on('error', () => {})
    socket.on('data', () => {
      const answer = answers[next++]
      if (answer === undefined) socket.end()
      else for (const byte of answer) socket.write(Buffer.of(byte))
    })
  }).listen(0, HOST)
  await once(server, 'listening')
  try {
    await ask({ host: HOST, port: (server.address() as AddressInfo).port })
  } finally {
    server.close()
  }
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}

const NO_RACK = int16(-1)
const broker = (id: number, rack = NO_RACK) =>
  Buffer.concat([int32(id), int16(4), Buffer.from('host'), int32(9000 + id), rack])
const RACK = Buffer.concat([int16(2), Buffer.from('r1')])
const TWO_BROKERS = Buffer.concat([int32(2), broker(1, RACK), broker(3)])
const kafkaAnswer = (body: Buffer) => Buffer.concat([int32(body.length + 4), int32(1), body])

suite('the Kafka probe', () => {
  test('reads brokers with and without a rack', () => {
    const expected = [1, 3].map((nodeId) => ({ nodeId, host: 'host', port: 9000 + nodeId }))
    assert.deepEqual(parseBrokers(TWO_BROKERS), expected)
  })

  test('asks twice on one connection, and bears answers in pieces', () =>
    answering([kafkaAnswer(int16(0)), kafkaAnswer(TWO_BROKERS)], async (address) => {
      assert.equal((await brokersSeenBy(address)).length, 2)
    }))

  test('fails when the broker hangs up', () =>
    answering([], (address) => assert.rejects(brokersSeenBy(address))))
})

suite('the Cassandra probe', () => {
  const ready = frame(0x02, Buffer.alloc(0))
  const result = frame(0x08, int32(1))
  const refusal = frame(0x00, Buffer.concat([int32(0x1000), int16(18), Buffer.from('Cannot achieve ALL')]))

  test('succeeds when the node answers the question', () =>
    answering([ready, result], (address) => askCql(address, 'SELECT 1', 'ONE')))

  test("fails with the node's own words", () =>
    answering([ready, refusal], (address) =>
      assert.rejects(askCql(address, 'SELECT 1', 'ALL'), /Cannot achieve ALL/),
    ))

  test('fails when the node is not ready', () =>
    answering([refusal], (address) => assert.rejects(askCql(address, 'SELECT 1', 'ONE'))))
})

test('where nobody listens, nothing is accepted', async () => {
  let free: Address | undefined
  await answering([], async (address) => {
    free = address
    assert.equal(await accepts(address), true)
  })
  assert.equal(await accepts(free!), false)
})
