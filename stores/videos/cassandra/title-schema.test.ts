import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const SCHEMA = readFileSync(new URL('../../../infra/cassandra/010-titles.cql', import.meta.url), 'utf8')
const DAY_SECONDS = 86_400

function graceOf(table: string): number {
  const definition = SCHEMA.split('CREATE TABLE IF NOT EXISTS ').find((text) => text.startsWith(`${table} `))
  return Number(/gc_grace_seconds = (\d+)/.exec(definition!)![1])
}

test('what would come back with a node that was away is deleted for good only after ten days', () => {
  assert.equal(graceOf('title_notes'), 10 * DAY_SECONDS)
})

test('deletions that searches pass over are kept for an hour', () => {
  assert.equal(graceOf('title_index'), 3_600)
})
