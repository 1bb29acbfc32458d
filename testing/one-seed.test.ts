import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const DRAWING = `import fc from 'fast-check'
fc.assert(fc.property(fc.nat(), (n) => { console.log(n) }), { numRuns: 5 })`

async function drawn(seed: string | null): Promise<string> {
  const { SEED: _, ...others } = process.env
  const env = seed === null ? others : { ...others, SEED: seed }
  const args = ['--import', './testing/one-seed.ts', '--input-type=module', '-e', DRAWING]
  return (await promisify(execFile)(process.execPath, args, { env, cwd: ROOT })).stdout
}

test('where a seed is set, property tests draw the same each time', async () => {
  const [one, again, other, without] = await Promise.all(['7', '7', '8', null].map(drawn))
  assert.equal(one!.split('\n').length, 6)
  assert.equal(one, again)
  assert.equal(new Set([one, other, without]).size, 3)
})
