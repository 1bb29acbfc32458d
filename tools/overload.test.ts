import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'

for (const client of ['platformatic', 'kafkajs']) {
  test(`gives up on a Kafka that takes connections but never answers, with ${client}`, async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const environment = { ...process.env, KAFKA_CLIENT: client, KAFKA_BROKERS: `127.0.0.1:${port}` }
    const args = ['tools/overload.ts', 'status', '--timeout-s', '1']
    const command = spawn(process.execPath, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    try {
      const exited = once(command, 'exit')
      assert.equal(
        await text(command.stderr),
        `overload: Kafka at 127.0.0.1:${port} did not answer within 1 s.\n`,
      )
      assert.deepEqual(await exited, [1, null])
    } finally {
      command.kill('SIGKILL')
      silent.close()
    }
  })
}
