import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { KafkajsClient } from './kafkajs-client.ts'

/** Answers every request as one for the versions of the protocol: it knows none. */
function answerNothingKnown(socket: Socket): void {
  socket.on('error', () => {})
  socket.on('data', (request: Buffer) => {
    const reply = Buffer.alloc(4 + 4 + 2 + 4 + 4)
    reply.writeInt32BE(reply.length - 4)
    reply.writeInt32BE(request.readInt32BE(8), 4) // which request it answers
    socket.write(reply)
  })
}

test('a broker is asked without a warning of Node', async () => {
  const warnings: string[] = []
  const note = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`)
  process.on('warning', note)
  const broker = createServer(answerNothingKnown).listen(0, '127.0.0.1')
  await once(broker, 'listening')
  const { port } = broker.address() as AddressInfo
  const client = new KafkajsClient({ brokers: [`127.0.0.1:${port}`], clientId: 'test' })
  try {
    await assert.rejects(client.partitionCount('topic'), { name: 'LogError', code: 'unavailable' })
    assert.deepEqual(warnings, [])
  } finally {
    process.off('warning', note)
    await client.close()
    broker.close()
  }
})
