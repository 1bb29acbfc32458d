import assert from 'node:assert/strict'
import { rm, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '../adapters/temporary-directory.ts'
import { StandaloneChild } from './child.ts'

const POLL_MS = 20

type SentEvent = { id: string; videoId: string; type: string; time: number; value?: number }

function views(count: number, first = 0): SentEvent[] {
  return Array.from({ length: count }, (_, i) => {
    return {
      id: `e${first + i}`,
      videoId: `v${(first + i) % 3}`,
      type: 'view',
      time: Date.now(),
      value: 1.001,
    }
  })
}

async function send(url: string, events: readonly SentEvent[]): Promise<{ accepted: number }> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  assert.equal(answer.status, 202)
  return answer.json() as Promise<{ accepted: number }>
}

async function stat(url: string, fn: string, videoId = 'v0'): Promise<number> {
  const answer = await fetch(`${url}/v1/videos/${videoId}/stats?eventType=view&function=${fn}`)
  assert.equal(answer.status, 200)
  return ((await answer.json()) as { value: number }).value
}

/** Waits until the counts hold `expected` events, and then a moment more, lest they go beyond. */
async function counted(url: string, expected: number): Promise<number> {
  const total = async () =>
    (await Promise.all(['v0', 'v1', 'v2'].map((v) => stat(url, 'count', v)))).reduce((a, b) => a + b)
  while ((await total()) < expected) await sleep(POLL_MS)
  await sleep(10 * POLL_MS)
  return total()
}

test('what was acknowledged is counted once after kill -9, also what is sent again', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50' }
  const events = views(900)
  for (let round = 0; round < 3; round++) {
    await using server = new StandaloneChild(environment)
    const url = await server.url()
    await send(url, events.slice(0, 300 * (round + 1))) // all of the earlier ones once more
    await server.kill('SIGKILL')
  }
  await using server = new StandaloneChild(environment)
  const url = await server.url()
  assert.equal(await counted(url, 900), 900)
  assert.equal(await stat(url, 'sum'), 300.3)
})

test('a clean stop leaves nothing to do for the next start', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '60000' }
  await using first = new StandaloneChild(environment)
  await send(await first.url(), views(90))
  const { code, errors } = await first.kill('SIGTERM')
  assert.deepEqual({ code, errors }, { code: 0, errors: '' })
  await using second = new StandaloneChild(environment)
  assert.equal(await stat(await second.url(), 'count'), 30)
})

test('the ledger in the audit adds up', async () => {
  await using directory = await temporaryDirectory()
  await using server = new StandaloneChild({ DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50' })
  const url = await server.url()
  await send(url, [...views(30), ...views(30)])
  await counted(url, 30)
  const { ledger } = (await (await fetch(`${url}/v1/audit`)).json()) as { ledger: Record<string, number>[] }
  const sum = (of: string) => ledger.reduce((n, source) => n + source[of]!, 0)
  assert.deepEqual([sum('events'), sum('counted'), sum('duplicate')], [60, 30, 30])
  assert.ok(ledger.every(({ balanced }) => balanced))
})

test('a second process on the same directory is refused, and the first one goes on', async () => {
  await using directory = await temporaryDirectory()
  await using first = new StandaloneChild({ DATA_DIR: directory.path })
  const url = await first.url()
  await using second = new StandaloneChild({ DATA_DIR: directory.path })
  const { code, errors } = await second.ended
  assert.equal(code, 1)
  assert.match(errors, /^tally: Another process uses the directory .*\n$/)
  assert.equal((await send(url, views(3))).accepted, 3)
})

test('a damaged directory is refused with words that say what to do', async () => {
  await using directory = await temporaryDirectory()
  await using first = new StandaloneChild({ DATA_DIR: directory.path })
  await first.url()
  await first.kill('SIGTERM')
  await rm(join(directory.path, 'counts', 'CURRENT'))
  await using second = new StandaloneChild({ DATA_DIR: directory.path })
  const { code, errors } = await second.ended
  assert.equal(code, 1)
  assert.match(errors, /counts is damaged: restore it from a backup, or move it aside/)
})

test('damaged layouts are refused', async () => {
  await using directory = await temporaryDirectory()
  await using first = new StandaloneChild({ DATA_DIR: directory.path })
  await first.url()
  await first.kill('SIGTERM')
  await truncate(join(directory.path, 'layouts.json'), 10)
  await using second = new StandaloneChild({ DATA_DIR: directory.path })
  assert.match((await second.ended).errors, /The layouts in .* cannot be read/)
})

test('wrong settings end the process with all faults in one message', async () => {
  await using server = new StandaloneChild({ PORT: 'http', PARTITIONS: '-1' })
  const { code, errors } = await server.ended
  assert.equal(code, 1)
  assert.match(errors, /PORT must be a whole number.*\n.*PARTITIONS must be a whole number/)
})

test('a later number of partitions takes effect in a later minute, and what was counted stays', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50', AHEAD_MS: '0' }
  await using first = new StandaloneChild({ ...environment, PARTITIONS: '1' })
  const events = views(30)
  await send(await first.url(), events)
  await first.kill('SIGKILL')
  await using second = new StandaloneChild({ ...environment, PARTITIONS: '6' })
  const url = await second.url()
  await send(url, events) // copies: the minute that they belong to keeps its layout
  await send(url, views(30, 30))
  assert.equal(await counted(url, 60), 60)
})
