// A process that is told to stop by a signal, as whatever runs it does.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'

async function readiness(url: string): Promise<string> {
  const answer = await fetch(`${url}/health/ready`)
  const { status, errors } = (await answer.json()) as { status: unknown; errors?: { code: string }[] }
  return errors?.map(({ code }) => code).join() ?? String(status)
}

test('what is told to stop says that it is not ready, still counts what comes, and then ends well', async () => {
  await using directory = await temporaryDirectory()
  const environment = { DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50' }
  const event = { id: 'e1', videoId: 'v1', type: 'view', time: Date.now() }
  {
    await using server = new StandaloneChild({ ...environment, DRAIN_MS: '6000' })
    const url = await server.url()
    assert.equal(await readiness(url), 'ready')
    const ended = server.kill('SIGTERM')
    await until('it says that it drains', async () => (await readiness(url)) === 'draining')
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify(event)
    const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body })
    assert.deepEqual([answer.status, answer.headers.get('connection')], [202, 'close'])
    assert.deepEqual(await ended, { code: 0, signal: null, errors: '' })
  }
  await using server = new StandaloneChild(environment)
  const url = await server.url()
  const count = async () => {
    const answer = await fetch(`${url}/v1/videos/v1/stats?eventType=view&function=count`)
    return ((await answer.json()) as { value: number }).value
  }
  await until('the event is counted', async () => (await count()) === 1)
})
