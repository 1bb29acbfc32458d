import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CLIENT_MUTANTS } from './client-mutants.ts'
import { runClientWorld } from './client-world.ts'

const root = new URL('../../', import.meta.url)
const SEEDS = 150

test('no event is called delivered that is not stored, and none is lost in silence', async () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = await runClientWorld(seed)
    assert.equal(violation, null, `seed ${seed}: ${violation}`)
  }
})

test('a seed decides everything', async () => {
  assert.deepEqual(await runClientWorld(7), await runClientWorld(7))
})

for (const { name, edits } of CLIENT_MUTANTS) {
  test(`the text that mutant ${name} breaks stands in its file once`, () => {
    for (const { file, from } of edits) {
      const times = readFileSync(new URL(file, root), 'utf8').split(from).length - 1
      assert.equal(times, 1, `${times} times in ${file}: ${from}`)
    }
  })
}
