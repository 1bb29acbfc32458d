// Against a whole process.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { misfit } from '../../testing/check-answers.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { runSql } from './run-sql.ts'
import { parseOptions } from './sql-options.ts'

test('an admin asks what is archived in SQL, and nobody else', async () => {
  await using directory = await temporaryDirectory()
  await using server = new StandaloneChild({
    ...{ DATA_DIR: directory.path, PROBE_INTERVAL_S: '0', FLUSH_INTERVAL_MS: '50' },
    ...{ API_KEYS: 'key=acme', ADMIN_KEYS: 'root' },
  })
  const url = await server.url()
  const time = Date.now()
  const view = (id: string, videoId: string) => ({ id, videoId, type: 'view', time, value: 0.5 })
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': 'key' },
    body: JSON.stringify([view('a', 'cats'), view('a', 'cats'), view('b', 'dogs'), view('c', 'dogs')]),
  })
  assert.equal(answer.status, 202)
  const ask = (sql: string, key = 'root', ...more: string[]) =>
    runSql(parseOptions([sql, '--url', url, '--key', key, ...more], undefined))
  const SQL = 'SELECT tenant, video_id, count(*) AS n, sum(value) AS s FROM events GROUP BY ALL ORDER BY n'
  await until('all is archived', async () => (await ask(SQL)).text.includes('2 rows'))
  const { answer: body, text } = await ask(SQL)
  assert.equal(misfit('SqlAnswer', body), null)
  assert.deepEqual(text.split('\n').slice(0, 4), [
    'tenant  video_id  n  s',
    'acme    cats      1  0.500',
    'acme    dogs      2  1.000',
    '',
  ])
  assert.match(
    (await ask('SELECT id FROM events ORDER BY id', 'root', '--limit', '2')).text,
    /2 rows, and there are more/,
  )
  const before = ['--from', '2026-01-01', '--to', '2026-01-02']
  assert.match((await ask('SELECT count(*) FROM events', 'root', ...before)).text, /\n0\n/)
  await assert.rejects(ask(SQL, 'key'), / refuses \(403\): /)
  await assert.rejects(ask(SQL, 'none'), / refuses \(403\): /)
  await assert.rejects(ask("COPY events TO 'x'"), / refuses \(400\): Only SELECT statements/)
  await assert.rejects(ask(`FROM read_text('/etc/passwd')`), /The table function read_text is not allowed/)
  await assert.rejects(ask('SELECT nothing FROM events'), / refuses \(400\): .*nothing/)
  const bare = await fetch(`${url}/v1/admin/sql`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })
  assert.equal(bare.status, 401)
})

test('wrong use is told all at once', () => {
  assert.throws(
    () => parseOptions(['--from', 'x', '--limit', '0'], undefined),
    (error: Error) => {
      assert.equal(error.message.split('\n').length, 3)
      return true
    },
  )
  assert.throws(() => parseOptions(['SELECT', '1'], undefined), /whole question into quotes/)
})
