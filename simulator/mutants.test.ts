import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { MUTANTS } from './mutants.ts'

const root = new URL('../', import.meta.url)

for (const { name, edits } of MUTANTS) {
  test(`the text that mutant ${name} breaks stands in its file once`, () => {
    for (const { file, from } of edits) {
      const times = readFileSync(new URL(file, root), 'utf8').split(from).length - 1
      assert.equal(times, 1, `${times} times in ${file}: ${from}`)
    }
  })
}

test('no two mutants share a name', () => {
  assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length)
})
