// UPDATE=1 writes the module anew.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import wabt from 'wabt'
import { SIP_HASH_WASM } from './sip-hash-wasm.ts'

const BASE64_COLUMNS = 100

test('the module in the repository is what its source assembles to', async () => {
  const source = readFileSync(new URL('./sip-hash.wat', import.meta.url), 'utf8')
  const parsed = (await wabt()).parseWat('sip-hash.wat', source)
  parsed.validate()
  const base64 = Buffer.from(parsed.toBinary({}).buffer).toString('base64')
  if (process.env.UPDATE === '1') write(base64)
  else assert.equal(SIP_HASH_WASM, base64)
})

function write(base64: string): void {
  const file = new URL('./sip-hash-wasm.ts', import.meta.url)
  const [head = ''] = readFileSync(file, 'utf8').split('export const')
  const lines = base64.match(new RegExp(`.{1,${BASE64_COLUMNS}}`, 'g')) ?? []
  const text = lines.map((line) => `  '${line}'`).join(' +\n')
  writeFileSync(file, `${head}export const SIP_HASH_WASM =\n${text}\n`)
}
