import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { ManualClock } from '../../testing/manual-clock.ts'
import { inBackground } from '../opening.ts'
import { SettingsReader } from '../settings-reader.ts'
import { buildServer } from './server.ts'
import { readServerSettings } from './server-settings.ts'
import { closeInTime, type Service, startService } from './start-service.ts'

const { signal } = new AbortController()
const settingsOn = (port: number) => readServerSettings(new SettingsReader({ LOG_LEVEL: 'silent' }), port)

const start = (compose: (service: Service) => Promise<void>, port = 0) =>
  startService('tally-test', settingsOn(port), signal, compose)

/** Opens so many things, of which each says when it is closed. */
function openSome({ stack }: Service, count: number, said: string[]): void {
  for (let place = 0; place < count; place++) stack.defer(() => void said.push(`closed ${place}`))
}

test('where a start fails half-way, it tells why, once all that was opened is closed in reverse', async () => {
  for (let opened = 0; opened < 4; opened++) {
    const said: string[] = []
    const starting = start(async (service) => {
      openSome(service, opened, said)
      throw new Error('the next cannot be opened')
    })
    await assert.rejects(starting, /the next cannot be opened/)
    assert.deepEqual(said, ['closed 2', 'closed 1', 'closed 0'].slice(3 - opened))
  }
})

test('where the port is taken, all that was opened is closed', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  const said: string[] = []
  const starting = start(async (service) => {
    openSome(service, 2, said)
    await service.listen()
  }, port)
  await assert.rejects(starting, { code: 'EADDRINUSE' })
  assert.deepEqual(said, ['closed 1', 'closed 0'])
})

test('what fails to close is no reason to leave the rest open, nor to tell of it instead', async () => {
  const said: string[] = []
  const starting = start(async (service) => {
    openSome(service, 1, said)
    service.stack.defer(() => Promise.reject(new Error('cannot close')))
    throw new Error('no disk')
  })
  await assert.rejects(starting, /no disk/)
  assert.deepEqual(said, ['closed 0'])
})

test('what does not close within ten seconds is left to the end of the process', async () => {
  const clock = new ManualClock()
  const stack = new AsyncDisposableStack()
  stack.defer(() => new Promise(() => {}))
  const closing = closeInTime({ stack, clock, logger: buildServer().log })
  clock.advance(10_000)
  await closing
})

test('a stop ends what was begun last first, and is done with requests before it closes what they need', async () => {
  const said: string[] = []
  const ended = Promise.withResolvers<void>()
  const running = await start(async (service) => {
    const { app, clock } = service
    openSome(service, 1, said)
    app.get('/slow', async () => {
      said.push('asked')
      await ended.promise // where the request were waited for first, it would never end
      await clock.sleep(50)
      said.push('answered')
      return 'well'
    })
    await service.listen()
    inBackground(service, async (stopping) => {
      await clock.sleep(60_000, stopping)
      said.push('no longer in the background')
      ended.resolve()
    })
  })
  const answer = fetch(`${running.url}/slow`).then((response) => response.text())
  while (said.length === 0) await new Promise(setImmediate)
  await running.stop()
  assert.equal(await answer, 'well')
  assert.deepEqual(said, ['asked', 'no longer in the background', 'answered', 'closed 0'])
})
