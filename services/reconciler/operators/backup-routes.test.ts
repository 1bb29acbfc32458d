import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { NO_KEYS } from '../../../lib/http/keys/key-ring.ts'
import { QueryRate } from '../../../lib/http/query-rate.ts'
import { buildServer } from '../../../lib/http/server.ts'
import { listeningUrl } from '../../../lib/listening-url.ts'
import { systemClock } from '../../../lib/system-clock.ts'
import { checkAnswers } from '../../../testing/check-answers.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { type BackupRouteDeps, registerBackup } from './backup-routes.ts'

const LARGE = Buffer.alloc(1 << 20)

async function serve(writeBackup: BackupRouteDeps['writeBackup'], keys: BackupRouteDeps['keys'] = NO_KEYS) {
  const app = buildServer()
  checkAnswers(app)
  registerBackup(app, { keys, rate: new QueryRate({ costPerSecondMax: null }, systemClock), writeBackup })
  await app.listen({ port: 0, host: '127.0.0.1' })
  const url = `${listeningUrl(app, '127.0.0.1')}/v1/admin/backup`
  return { url, [Symbol.asyncDispose]: () => app.close() }
}

async function begun(url: string): Promise<IncomingMessage> {
  const [answer] = await once(get(url, { agent: false }), 'response')
  return answer as IncomingMessage
}

test('a backup is sent as it is made, and only to admins', async () => {
  const backup: BackupRouteDeps['writeBackup'] = async (send) => {
    await send(Buffer.from('one '))
    await send(Buffer.from('two'))
  }
  await using server = await serve(backup, keyRing('key=tenant', 'root'))
  const ask = (key?: string) =>
    fetch(server.url, key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } })
  assert.equal(await (await ask('root')).text(), 'one two')
  assert.equal((await ask('key')).status, 403)
  assert.equal((await ask()).status, 401)
})

test('a second backup at once is refused; when the client of the first has gone, the next begins', async () => {
  let given = 0
  const ended = Promise.withResolvers<unknown>()
  await using server = await serve(async (send) => {
    given++
    if (given > 1) return send(Buffer.from('whole'))
    try {
      while (true) await send(LARGE)
    } catch (error) {
      ended.resolve(error)
      throw error
    }
  })
  const first = await begun(server.url)
  const second = await fetch(server.url)
  assert.equal(second.status, 503)
  assert.ok(second.headers.has('retry-after'))
  assert.match(await second.text(), /A backup is under way already/)
  first.destroy()
  await ended.promise
  let third = await fetch(server.url)
  while (third.status === 503) third = await fetch(server.url) // until the first is cleaned up
  assert.equal(await third.text(), 'whole')
})

test('HEAD makes no backup, and one that fails is not ended as if it were whole', async () => {
  let made = 0
  await using server = await serve(async (send) => {
    made++
    await send(Buffer.from('half'))
    throw new Error('the disk is gone')
  })
  assert.equal((await fetch(server.url, { method: 'HEAD' })).status, 200)
  assert.equal(made, 0)
  await assert.rejects(async () => text(await begun(server.url)), /aborted|hang up/)
})
