import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadMigrations, statementsOf } from './schema.ts'

test('statements end with a semicolon at the end of a line, and comments are left out', () => {
  const text = "-- first; really\nCREATE a (\n  b text\n);\n\n-- second\nALTER c WITH d = 'x; y';\n"
  assert.deepEqual(statementsOf(text), ['CREATE a (\n  b text\n)', "ALTER c WITH d = 'x; y'"])
})

test('every statement of the schema can be run again, and none deletes', () => {
  const migrations = loadMigrations()
  assert.ok(migrations.length > 0)
  for (const { file, statements } of migrations) {
    for (const statement of statements) {
      assert.match(
        statement,
        /^(CREATE (TABLE|TYPE) IF NOT EXISTS|ALTER (TABLE|TYPE) \w+ ADD IF NOT EXISTS)\b/,
        file,
      )
    }
  }
})
