import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSpool } from './spool.ts'

const ROOM = { events: 1_000, bytes: 1_000_000 }
/** Of no process: they are below this. */
const DEAD_PID = 4_194_305

function directory() {
  const path = mkdtempSync(join(tmpdir(), 'spool-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

const jsons = (events: readonly { readonly json: string }[]) => events.map(({ json }) => json)
const textIn = (path: string) =>
  readdirSync(path)
    .map((name) => readFileSync(join(path, name), 'utf8'))
    .join('')

test('what a dead process kept, and did not forget, is taken over once', async () => {
  using at = directory()
  const file = join(at.path, `${DEAD_PID}-x.spool`)
  writeFileSync(file, '+k.1 {"id":"a"}\n+k.2 {"id":"b"}\n-k.1\n+k.3 {"id":"c"}\n+k.4 {"id":"to')
  const [one, other] = [createSpool({ directory: at.path }), createSpool({ directory: at.path })]
  const taken = await Promise.all([one.reclaim(ROOM), other.reclaim(ROOM)])
  assert.deepEqual(jsons(taken.flat()), ['{"id":"b"}', '{"id":"c"}'], 'the torn line is none')
  for (const store of [one, other]) await store.close()
})

test('what is taken over stays on disk until it is forgotten', async () => {
  using at = directory()
  writeFileSync(join(at.path, `${DEAD_PID}-x.spool`), '+k.1 {"id":"a"}\n')
  const first = createSpool({ directory: at.path })
  const [event] = await first.reclaim(ROOM)
  assert.match(textIn(at.path), /"id":"a"/)
  first.forget(event!.key)
  await first.close()
  assert.deepEqual(readdirSync(at.path), [])
})

test('no more is handed out than there is room for, and the rest later', async () => {
  using at = directory()
  appendFileSync(join(at.path, `${DEAD_PID}-x.spool`), '+k.1 {"id":"a"}\n+k.2 {"id":"b"}\n+k.3 {"id":"c"}\n')
  const store = createSpool({ directory: at.path })
  assert.deepEqual(jsons(await store.reclaim({ events: 2, bytes: 1_000 })), ['{"id":"a"}', '{"id":"b"}'])
  assert.deepEqual(await store.reclaim({ events: 2, bytes: 3 }), [])
  assert.deepEqual(jsons(await store.reclaim(ROOM)), ['{"id":"c"}'])
  await store.close()
})

test('a client that lives keeps its own, also beside others of its process', async () => {
  using at = directory()
  const [one, other] = [createSpool({ directory: at.path }), createSpool({ directory: at.path })]
  one.keep('{"id":"a"}')
  await one.reclaim(ROOM)
  assert.deepEqual(await other.reclaim(ROOM), [])
  await one.close()
  assert.deepEqual(jsons(await other.reclaim(ROOM)), ['{"id":"a"}'], 'what it left belongs to who comes next')
  await other.close()
})

test('an event that is forgotten before it was written is never written', async () => {
  using at = directory()
  const store = createSpool({ directory: at.path })
  store.forget(store.keep('{"id":"gone"}'))
  await store.reclaim(ROOM)
  assert.doesNotMatch(textIn(at.path), /gone/)
  await store.close()
})

test('a directory that cannot be is an error at once', () => {
  using at = directory()
  writeFileSync(join(at.path, 'file'), '')
  assert.throws(() => createSpool({ directory: join(at.path, 'file') }), /EEXIST|ENOTDIR/)
})
