import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { type Client, errors } from 'cassandra-driver'
import { STATEMENTS as COUNT_STATEMENTS } from '../backing/open-cassandra-stores.ts'
import { TITLE_STATEMENTS } from '../backing/open-titles.ts'
import { prepareAll, statementsIn } from './prepare.ts'

const STATEMENTS = [...COUNT_STATEMENTS, ...TITLE_STATEMENTS]
const OF_STORES = ['counts', 'uniques', 'alerts', 'videos'].map((store) => `../${store}/cassandra`)
const FOLDERS = ['.', ...OF_STORES].map((folder) => new URL(`${folder}/`, import.meta.url))
/** These run before any service serves, and prepare for themselves. */
const BEFORE = ['migrate.ts', 'form-changes.ts', 'schema.ts', 'replication.ts', 'keyspace-state.ts']

const files = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('test.ts') && !name.startsWith('test-'))
    .filter((name) => !BEFORE.includes(name))
    .map((name) => ({ name, url: new URL(name, folder) })),
)

describe('every statement is prepared at the start', () => {
  for (const { name, url } of files) {
    if (name.endsWith('statements.ts')) {
      test(`those of ${name} are in the list`, async () => {
        const statements = statementsIn(await import(url.href))
        assert.ok(statements.length > 0)
        for (const statement of statements) {
          assert.match(statement, /^\s*(DELETE|INSERT|SELECT|UPDATE)\s/)
          assert.ok(STATEMENTS.includes(statement), statement)
        }
      })
    } else {
      test(`${name} has none of its own`, () => {
        assert.doesNotMatch(readFileSync(url, 'utf8'), /[`'"]\s*(?:DELETE|INSERT|SELECT|UPDATE)\s/)
      })
    }
  }
})

test('a statement that the driver refuses for want of parameters is prepared', async () => {
  const asked: string[] = []
  const execute = async (statement: string) => {
    asked.push(statement)
    throw new errors.ArgumentError('Parameter "tenant" not defined')
  }
  await prepareAll({ execute } as unknown as Client, STATEMENTS)
  assert.deepEqual(asked, STATEMENTS)
})

test('a cluster that cannot prepare is an error', async () => {
  const execute = async () => {
    throw new errors.OperationTimedOutError('hung')
  }
  await assert.rejects(prepareAll({ execute } as unknown as Client, STATEMENTS), /hung/)
})
