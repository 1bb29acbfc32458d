// docs/security.md beside infra/rights.ts, with which every service is tested.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RIGHTS } from '../infra/rights.ts'
import { root } from './source-file.ts'

const NONE = 'none'

test('The document lists the rights that services are tested with, and no others', () => {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8')
  const section = text.slice(text.indexOf('\n## Rights'))
  const rows = Array.from(section.matchAll(/^\| `(\w+)` +\| (.*?) +\| (.*?) +\| (.*?) +\|$/gm), (row) =>
    row.slice(1),
  )
  const code = (rights: readonly string[]) => rights.map((right) => `\`${right}\``).join(', ') || NONE
  const wanted = Object.entries(RIGHTS).map(([user, { kafka, cassandra, redis }]) => [
    user,
    code(kafka),
    code(cassandra),
    redis === null ? NONE : 'below',
  ])
  assert.deepEqual(rows, wanted)
  assert.ok(section.includes(RIGHTS.query.redis))
})
