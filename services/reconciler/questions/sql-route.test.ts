// Questions in SQL wait for each other, and nobody else for them.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { SQL_MS_MAX, type SqlAnswer, type SqlReader, SqlUnavailable } from '../../../stores/archive/sql.ts'
import { until } from '../../../testing/batch-world.ts'
import { type BreakdownWorld, COUNT, inWorld as test } from '../../../testing/breakdown-world.ts'
import { registerSql, SQL_ASKED_AT_ONCE_MAX } from './sql-route.ts'

const NOTHING: SqlAnswer = { columns: [], rows: [], isCut: false }

/** Answers when the gate opens. */
class GatedSql implements SqlReader {
  readonly gate = Promise.withResolvers<void>()
  begun = 0
  aborted = 0

  sql(_question: unknown, signal: AbortSignal): Promise<SqlAnswer> {
    this.begun++
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.aborted++
        reject(signal.reason)
      })
      this.gate.promise.then(() => resolve(NOTHING))
    })
  }
}

function asking(world: BreakdownWorld, archive: SqlReader) {
  registerSql(world.app, { ...world.sql, archive })
  return (sql: string) => world.app.inject({ method: 'POST', url: '/v1/admin/sql', payload: { sql } })
}

describe('A question in SQL', () => {
  test('keeps no breakdown waiting', async (world) => {
    const archive = new GatedSql()
    const asked = asking(world, archive)('SELECT 1')
    await until(world.clock, () => archive.begun === 1)
    await world.get(200, COUNT)
    archive.gate.resolve()
    assert.equal((await asked).statusCode, 200)
  })

  test('is one at a time, and few may wait', async (world) => {
    const archive = new GatedSql()
    const ask = asking(world, archive)
    const all = Array.from({ length: SQL_ASKED_AT_ONCE_MAX + 1 }, (_, i) => ask(`SELECT ${i}`))
    const refused = await Promise.race(all)
    assert.equal(refused.statusCode, 503)
    assert.match(refused.json().detail, /8 such questions are asked at once/)
    assert.equal(archive.begun, 1)
    archive.gate.resolve()
    const statuses = (await Promise.all(all)).map(({ statusCode }) => statusCode)
    assert.equal(statuses.filter((status) => status === 200).length, SQL_ASKED_AT_ONCE_MAX)
  })

  test('ends in time', async (world) => {
    const archive = new GatedSql()
    const asked = asking(world, archive)('SELECT 1')
    let isAnswered = false
    asked.then(() => (isAnswered = true))
    await until(world.clock, () => isAnswered, SQL_MS_MAX / 4)
    assert.deepEqual([(await asked).statusCode, archive.aborted], [503, 1])
  })

  test('ends with the service', async (world) => {
    const archive = new GatedSql()
    const asked = asking(world, archive)('SELECT 1')
    await until(world.clock, () => archive.begun === 1)
    await world.app.close()
    assert.equal(archive.aborted, 1)
    const { statusCode, body } = await asked
    assert.deepEqual([statusCode, JSON.parse(body).type], [503, 'urn:tally:problem:not-ready'])
  })

  test('that cannot be tried or is not answered is told so', async (world) => {
    const detail = 'The disk has 1 MiB free.'
    const faults = [new SqlUnavailable(detail), new Error('spawn EAGAIN')]
    const ask = asking(world, { sql: async () => Promise.reject(faults.shift()) })
    const answers = [await ask('SELECT 1'), await ask('SELECT 1')]
    assert.deepEqual(
      answers.map((answer) => [answer.statusCode, answer.json().type, answer.json().detail]),
      [detail, 'The archive of raw events did not answer. Ask again.'].map((told) => [
        ...[503, 'urn:tally:problem:store-unavailable', told],
      ]),
    )
  })
})
