// Two servers behind a balancer that looks at /health/ready, while each is restarted under load: no request fails.
import assert from 'node:assert/strict'
import { Agent, get } from 'node:http'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { ManualClock } from '../../testing/manual-clock.ts'
import { until } from '../../testing/until.ts'
import { freePort } from '../free-port.ts'
import type { Running } from '../run-process.ts'
import { SettingsReader } from '../settings-reader.ts'
import { systemClock } from '../system-clock.ts'
import { registerOperations } from './operations.ts'
import { readServerSettings } from './server-settings.ts'
import { startService } from './start-service.ts'

const SENDERS = 8
/** What is sent to a server before and after each restart. */
const REQUESTS = 50

const { signal } = new AbortController()
const environment = {
  ...{ LOG_LEVEL: 'silent', HOST: '127.0.0.1', DRAIN_MS: '5000' },
  SHUTDOWN_TIMEOUT_MS: '600000', // so long a connection that is left open would hold up the stop
}

/** By port: a request that waits until it is let through. */
const gates = new Map<number, Record<'begun' | 'gate', PromiseWithResolvers<void>>>()

type Server = { running: Running; clock: ManualClock; readonly port: number }

async function start(port: number): Promise<Server> {
  const clock = new ManualClock()
  const settings = readServerSettings(new SettingsReader(environment), port)
  const compose = async ({ app, registry, readiness, listen }: Parameters<Compose>[0]) => {
    app.get('/work', async () => {
      await systemClock.sleep(1)
      return 'done'
    })
    app.get('/gate', async (request) => {
      const { begun, gate } = gates.get(request.socket.localPort!)!
      begun.resolve()
      await gate.promise
      return 'done'
    })
    registerOperations(app, { registry, readiness })
    await listen()
  }
  const running = await startService('tally-test', settings, signal, compose, clock)
  return { running, clock, port: Number(new URL(running.url).port) }
}
type Compose = Parameters<typeof startService>[3]

/** Over a connection that is kept, as balancers do. Resolves with the status, or with what went wrong. */
function ask(agent: Agent, port: number, path: string): Promise<number | string> {
  return new Promise((resolve) => {
    const request = get({ agent, host: '127.0.0.1', port, path }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode!))
      response.once('error', ({ message }) => resolve(message))
    })
    request.once('error', ({ message }) => resolve(message))
  })
}

/** Sends to servers in turn, except to those that say they are not ready. */
class Balancer {
  readonly answered = new Map<number, number>()
  readonly underWay = new Map<number, number>()
  readonly wrong: string[] = []
  readonly #agent = new Agent({ keepAlive: true })
  readonly #ready = new Set<number>()
  readonly #ports: readonly number[]
  #turn = 0

  constructor(ports: readonly number[]) {
    this.#ports = ports
  }

  isReady(port: number): boolean {
    return this.#ready.has(port)
  }

  async run(stopping: AbortSignal): Promise<void> {
    const senders = Array.from({ length: SENDERS }, () => this.#send(stopping))
    await Promise.all([this.#look(stopping), ...senders])
    this.#agent.destroy()
  }

  async #look(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      for (const port of this.#ports) {
        if ((await ask(this.#agent, port, '/health/ready')) === 200) this.#ready.add(port)
        else this.#ready.delete(port)
      }
      await setImmediate()
    }
  }

  async #send(stopping: AbortSignal): Promise<void> {
    while (!stopping.aborted) {
      const ready = this.#ports.filter((port) => this.#ready.has(port))
      if (ready.length === 0) {
        await setImmediate()
        continue
      }
      const port = ready[this.#turn++ % ready.length]!
      this.underWay.set(port, (this.underWay.get(port) ?? 0) + 1)
      const answer = await ask(this.#agent, port, '/work')
      this.underWay.set(port, this.underWay.get(port)! - 1)
      if (answer === 200) this.answered.set(port, (this.answered.get(port) ?? 0) + 1)
      else this.wrong.push(`${port}: ${answer}`)
    }
  }
}

test('each of two servers is restarted under load, and no request meets a closed door', async () => {
  const servers = [await start(await freePort()), await start(await freePort())]
  const balancer = new Balancer(servers.map(({ port }) => port))
  const ended = new AbortController()
  const balancing = balancer.run(ended.signal)
  const served = async (port: number) => {
    const before = balancer.answered.get(port) ?? 0
    const isServed = () => (balancer.answered.get(port) ?? 0) >= before + REQUESTS
    await until(`${REQUESTS} more are answered`, isServed)
  }
  for (const [at, { running, clock, port }] of servers.entries()) {
    await served(port)
    const stopped = running.stop()
    const isLeft = () => !balancer.isReady(port) && balancer.underWay.get(port) === 0
    await until('nothing is sent there', isLeft) // long before the time is over
    clock.advance(5_000)
    await stopped
    servers[at] = await start(port)
    await served(port)
  }
  ended.abort()
  await balancing
  assert.deepEqual(balancer.wrong, [])
  await Promise.all(
    servers.map(({ running, clock }) => {
      const stopped = running.stop()
      clock.advance(5_000)
      return stopped
    }),
  )
})

test('while it drains a server answers, and closes the connection after each answer', async () => {
  const { running, clock, port } = await start(await freePort())
  const headersOf = async () => (await fetch(`http://127.0.0.1:${port}/work`)).headers.get('connection')
  assert.equal(await headersOf(), 'keep-alive')
  const stopped = running.stop()
  assert.equal(await headersOf(), 'close')
  assert.equal((await fetch(`http://127.0.0.1:${port}/health/ready`)).status, 503)
  clock.advance(4_999)
  assert.equal(await headersOf(), 'close')
  clock.advance(1)
  await stopped
  await assert.rejects(headersOf())
})

test('what is under way at the end is answered, and its connection is not waited for', async () => {
  const { running, clock, port } = await start(0)
  const agent = new Agent({ keepAlive: true })
  const begun = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  gates.set(port, { begun, gate })
  const asked = ask(agent, port, '/gate')
  await begun.promise
  const stopped = running.stop()
  clock.advance(5_000)
  gate.resolve()
  assert.equal(await asked, 200)
  await stopped
  agent.destroy()
})
