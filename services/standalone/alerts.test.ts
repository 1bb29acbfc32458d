// Alerts of a whole process that is killed again and again, against a real receiver: every threshold that was passed is
// told of under one id, none is missing, and none is told of that was not passed.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'

type Listed = { readonly alerts: readonly { readonly milestones: readonly { readonly state: string }[] }[] }

const KILLS = 12
const EVENTS_A_ROUND = 25
const VIDEOS = ['a', 'b', 'c']
const THRESHOLDS = [1, 10, 25, 50, 75, 100, 150, 200, 250, 1_000_000]
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const ROUND_MS = 1_500
/** What has failed six times waits for up to a minute, and is then sent one after the other. */
const END_MS = 300_000

type Taken = {
  readonly id: string
  readonly videoId: string
  readonly threshold: number
  readonly body: string
}

/** Fails one time in three, and hangs one time in twelve: its sender is killed meanwhile, or tries again. */
class Receiver implements AsyncDisposable {
  readonly taken: Taken[] = []
  readonly faults: string[] = []
  isKind = false
  readonly #server = createServer(async (request, reply) => {
    const body = Buffer.concat(await request.toArray().catch(() => [])).toString()
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = request.headers
    const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64')
    const expected = createHmac('sha256', key).update(`${id}.${time}.${body}`).digest('base64')
    if (body === '') return
    if (signature !== `v1,${expected}`) this.faults.push(`${id} is not signed: ${body}`)
    const { data } = JSON.parse(body)
    if (data.id !== id) this.faults.push(`${id} names ${data.id}`)
    const chance = this.isKind ? 1 : Math.random()
    if (chance < 1 / 12) return // no answer
    if (chance < 1 / 3) return void reply.writeHead(500).end()
    this.taken.push({ id: id as string, videoId: data.videoId, threshold: data.threshold, body })
    reply.writeHead(204).end()
  })

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function ask<T>(url: string, method = 'GET', body?: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method, ...(body && { headers, body: JSON.stringify(body) }) })
  assert.ok(answer.ok, `${method} ${url}: ${answer.status} ${await answer.clone().text()}`)
  return (await answer.json()) as T
}

/** Each video gets as many as its place says, of which a copy of each is sent too. */
function eventsOf(round: number) {
  const events = VIDEOS.flatMap((videoId, place) =>
    Array.from({ length: EVENTS_A_ROUND * (place + 1) }, (_, at) => ({
      ...{ id: `${videoId}-${round}-${at}`, videoId, type: 'view', time: Date.now() },
    })),
  )
  return [...events, ...events]
}

test('every threshold is told of under one id though the process is killed all the time', async (t) => {
  await using directory = await temporaryDirectory()
  await using receiver = new Receiver()
  const host = await receiver.open()
  const settings = { DATA_DIR: directory.path, WEBHOOK_HOSTS: host, ALERTS_INTERVAL_MS: '100' }
  const sent = new Map(VIDEOS.map((videoId) => [videoId, 0]))
  const seconds: number[] = []
  for (let round = 0; round < KILLS; round++) {
    const begun = Date.now()
    const child = new StandaloneChild(settings)
    const url = await child.url()
    for (const videoId of round === 0 ? VIDEOS : []) {
      const asked = { id: `of-${videoId}`, videoId, kind: 'passes', thresholds: THRESHOLDS, secret: SECRET }
      await ask(`${url}/v1/alerts`, 'PUT', { ...asked, url: `http://${host}/${videoId}` })
    }
    const events = eventsOf(round)
    await ask(`${url}/v1/events`, 'POST', { events })
    for (const [place, videoId] of VIDEOS.entries())
      sent.set(videoId, sent.get(videoId)! + EVENTS_A_ROUND * (place + 1))
    await sleep(Math.random() * ROUND_MS)
    await child.kill('SIGKILL')
    seconds.push((Date.now() - begun) / 1_000)
  }
  receiver.isKind = true
  await using child = new StandaloneChild(settings)
  const url = await child.url()
  const expected = VIDEOS.flatMap((videoId) =>
    THRESHOLDS.filter((threshold) => threshold <= sent.get(videoId)!).map(
      (threshold) => `${videoId} ${threshold}`,
    ),
  ).sort()
  const told = () => new Set(receiver.taken.map(({ videoId, threshold }) => `${videoId} ${threshold}`))
  const states = async () => {
    const { alerts } = await ask<Listed>(`${url}/v1/alerts`)
    return alerts.flatMap(({ milestones }) => milestones.map(({ state }) => state))
  }
  const isDone = async () =>
    told().size >= expected.length && (await states()).every((state) => state === 'delivered')
  await until('all is told of, and marked so', isDone, END_MS)
  await sleep(500) // what comes beyond what is expected

  assert.deepEqual(receiver.faults, [])
  assert.deepEqual(Array.from(told()).sort(), expected)
  assert.deepEqual(new Set(await states()), new Set(['delivered']))
  const idsOf = Map.groupBy(receiver.taken, ({ videoId, threshold }) => `${videoId} ${threshold}`)
  for (const [threshold, taken] of idsOf) {
    assert.equal(new Set(taken.map(({ id }) => id)).size, 1, `${threshold} has one id`)
    assert.equal(new Set(taken.map(({ body }) => body)).size, 1, `${threshold} is told of in the same words`)
  }
  assert.equal(new Set(receiver.taken.map(({ id }) => id)).size, expected.length)
  t.diagnostic(
    `${KILLS} kills, ${expected.length} thresholds, ${receiver.taken.length} webhooks taken; ` +
      `seconds a round: ${seconds.map((one) => one.toFixed(1)).join(' ')}`,
  )
})
