import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainRefusals } from './page-access.ts'
import { platformRuntime } from './runtime.ts'

const URL = 'https://tally.example/base'

/** `probes`: what each request without permission gets: an answer or none. Asked once too often, the test fails. */
function accessFrom(pageOrigin: string | undefined, probes: readonly boolean[]) {
  const left = [...probes]
  const asked: string[] = []
  let isAllowed = false
  const fetch = async (url: unknown, init?: RequestInit) => {
    if (init?.mode === undefined) {
      if (isAllowed) return new Response('')
      throw new TypeError('Failed to fetch')
    }
    asked.push(`${init?.mode} ${url}`)
    if (left.length === 0) assert.fail('asked once too often')
    if (left.shift()) return new Response('')
    throw new TypeError('Failed to fetch')
  }
  const send = explainRefusals({ ...platformRuntime, pageOrigin, fetch }, URL)
  const isRefused = async () => {
    const error = await send(`${URL}/v1/events`).catch((error) => error)
    return error.code === 'cross_origin_refused'
  }
  const allow = () => {
    isAllowed = true
  }
  const forbid = () => {
    isAllowed = false
  }
  return { asked, send, isRefused, allow, forbid }
}

async function check(
  pageOrigin: string | undefined,
  probes: readonly boolean[],
  expected: readonly boolean[],
) {
  const access = accessFrom(pageOrigin, probes)
  for (const refused of expected) assert.equal(await access.isRefused(), refused)
  assert.equal(access.asked.length, probes.length)
}

test('a server that answers what needs no permission, and nothing else, refuses the page', async () => {
  await check('https://page.example', [true, true], [false, true])
})

test('a network that is away refuses nobody', async () => {
  await check('https://page.example', [false, false, false], [false, false, false])
})

test('a network that came back between two requests is no refusal', async () => {
  await check('https://page.example', [true, false, true], [false, false, false])
})

test('nobody is asked outside a page, and in a page of the same origin', async () => {
  await check(undefined, [], [false, false])
  await check('https://tally.example', [], [false, false])
})

test('once the server has answered, failures are those of the network', async () => {
  const access = accessFrom('https://page.example', [true])
  assert.equal(await access.isRefused(), false)
  access.allow()
  assert.equal((await access.send(`${URL}/v1/events`)).status, 200)
  access.forbid()
  assert.equal(await access.isRefused(), false)
  assert.deepEqual(access.asked, ['no-cors https://tally.example/base/health/live'])
})
