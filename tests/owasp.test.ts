// docs/security.md names a test for each risk of the OWASP API Security Top 10.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './source-file.ts'

const RISKS = 10

test('Each of the ten risks names tests that are there', () => {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8')
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const rows = Array.from(text.matchAll(/^\| API(\d+) .*\| (.*?) *\|$/gm), ([, number, tests]) => ({
    number,
    tests,
  }))
  assert.deepEqual(
    rows.map(({ number }) => Number(number)),
    Array.from({ length: RISKS }, (_, i) => i + 1),
  )
  for (const { number, tests } of rows) {
    const named = Array.from(tests!.matchAll(/`(?:npm run )?([^`]+)`/g), ([, name]) => name!)
    assert.ok(named.length > 0, `API${number}`)
    for (const name of named) {
      assert.ok(name in scripts || existsSync(join(root, name)), `API${number} names ${name}`)
    }
  }
})
