// Scripts of inputs with the trace that they must leave: testdata/*.txt, in the language of scenario.ts.
// UPDATE=1 writes the traces anew, to be read before they are kept.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { runScenario } from '../../../testing/scenario.ts'

const folder = new URL('./testdata/', import.meta.url)

for (const name of readdirSync(folder).sort()) {
  test(`step goes as ${name} says`, () => {
    const file = new URL(name, folder)
    const kept = readFileSync(file, 'utf8')
    const traced = runScenario(kept)
    if (process.env.UPDATE === '1') writeFileSync(file, traced)
    else assert.equal(traced, kept)
  })
}
