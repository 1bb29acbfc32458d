import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ManualClock } from '../../testing/manual-clock.ts'
import { CALL_LIMITS, RedisCalls } from './calls.ts'
import { openRedis, reconnectDelayMs, redisAddress } from './connection.ts'

const SECRET = 'open-sesame'

/** A server in place of Redis that handles each connection in this way. */
async function pretend(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
  return { url: `redis://user:${SECRET}@127.0.0.1:${port}`, close }
}

function open(url: string) {
  const changes: [boolean, string][] = []
  const { promise: down, resolve } = Promise.withResolvers<void>()
  const onChange = (isUp: boolean, reason: string) => {
    changes.push([isUp, reason])
    if (!isUp) resolve()
  }
  const redis = openRedis({ url, name: 'test', onChange })
  return { redis, changes, down, calls: new RedisCalls(redis, new ManualClock(), CALL_LIMITS) }
}

test('with no Redis there, every call is rejected at once and nothing is thrown', async () => {
  const { url, close } = await pretend(() => {})
  await close()
  const { redis, calls, changes, down } = open(url)
  await assert.rejects(
    calls.run((r) => r.get('k')),
    { code: 'unavailable' },
  )
  await down
  await assert.rejects(
    calls.run((r) => r.get('k')),
    { code: 'unavailable' },
  )
  assert.match(changes[0]![1], /ECONNREFUSED/)
  redis.disconnect()
})

test('the outage is told of once, however often it is tried again', async () => {
  let tries = 0
  const enough = Promise.withResolvers<void>()
  const { url, close } = await pretend((socket) => {
    socket.destroy()
    if (++tries === 3) enough.resolve()
  })
  const { redis, changes } = open(url)
  await enough.promise
  assert.equal(changes.length, 1)
  redis.disconnect()
  await close()
})

test('a password shows nowhere, even where Redis refuses it', async () => {
  const { url, close } = await pretend((socket) => {
    socket.on('data', () => {
      socket.write('-WRONGPASS invalid username-password pair or user is disabled.\r\n')
      socket.end()
    })
  })
  const { redis, calls, changes, down } = open(url)
  await down
  const error = await calls.run((r) => r.get('k')).catch((e) => e)
  assert.doesNotMatch(inspect([error, changes, redisAddress(url)], { depth: 9 }), new RegExp(SECRET))
  assert.match(redisAddress(url), /^redis:\/\/127\.0\.0\.1:\d+$/)
  redis.disconnect()
  await close()
})

test('it tries again sooner at first, and never rarely', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1_000].map(reconnectDelayMs)
  assert.deepEqual(delays, [50, 100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000])
})
