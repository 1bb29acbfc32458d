import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadMigrations, SERIES_VERSION, SHARED_LATER, schemaFault, statementsOf } from './schema.ts'

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

/** As it is noted. */
const SHARED_FILE = `${SHARED_LATER.version}-${SHARED_LATER.file}`

function check(what: string, known: number, files: readonly string[], expected: RegExp | null): void {
  test(`a release that knows ${known} migrations and meets ${what}`, () => {
    const applied = files.map((file) => ({ version: Number.parseInt(file, 10), file }))
    const fault = schemaFault(known, applied)
    if (expected === null) assert.equal(fault, null)
    else assert.match(String(fault), expected)
  })
}

check('nothing', 2, [], /no tables yet: run `npm run migrate`/)
check('its own schema', 2, ['001-a.cql', '002-b.cql'], null)
check('an older schema', 2, ['001-a.cql'], /version 1, this release needs 2: run `npm run migrate`/)
check('additions of a later release', 2, ['001-a.cql', '002-b.cql', '003-c.cql'], null)
check('a removal that needs no more than it knows', 2, ['001-a.cql', '002-b.cql', '003-c.needs-2.cql'], null)
check(
  'a removal that needs the release after it',
  2,
  ['001-a.cql', '002-b.cql', '003-c.cql', '004-d.needs-3.cql'],
  /version 4, which processes must know at least version 3 for, .* knows 2: start a newer release/,
)
check('a mark alone', 8, [SHARED_FILE], /no tables yet: run `npm run migrate`/)
check('a mark beside an older schema', 8, ['007-a.cql', SHARED_FILE], /version 7, this release needs 8/)
check('a mark beside its own schema', 8, ['008-a.cql', SHARED_FILE], null)
check(
  'a mark that it does not know',
  7,
  ['008-a.cql', SHARED_FILE],
  /at least version 8 for, .* knows 7: start a newer/,
)

test('the mark keeps away a release that takes it for a file, as releases before it do', () => {
  assert.ok(SHARED_LATER.version > SERIES_VERSION)
  assert.match(SHARED_LATER.file, new RegExp(`\\.needs-${SERIES_VERSION}\\.cql$`))
  assert.match(loadMigrations()[SERIES_VERSION - 1]!.statements.join(), /shared_series/)
})
