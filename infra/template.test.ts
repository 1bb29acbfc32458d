import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { fill } from './template.ts'

const FILL_SH = fileURLToPath(new URL('fill.sh', import.meta.url))
const TEMPLATES = ['kafka/server.properties.tmpl', 'cassandra/cassandra.yaml.tmpl', 'nginx/nginx.conf.tmpl']

suite('a template', () => {
  test('gets every value at every place', () => {
    assert.equal(fill('@A@:@B_C@ @A@ a@b', { A: 1, B_C: '$&' }), '1:$& 1 a@b')
  })

  test('may not want more than there is, nor less', () => {
    assert.throws(() => fill('@A@ @B@', { A: 1 }), /@B@/)
    assert.throws(() => fill('@A@', { A: 1, B: 2 }), /B/)
  })

  for (const name of TEMPLATES) {
    test(`${name} is filled alike inside and outside of containers`, () => {
      const path = fileURLToPath(new URL(name, import.meta.url))
      const template = readFileSync(path, 'utf8')
      const places = new Set(Array.from(template.matchAll(/@([A-Z_]+)@/g), ([, place]) => place!))
      const values = Object.fromEntries(Array.from(places, (place) => [place, `<${place} 127.0.0.1:9/x;>`]))
      const filled = execFileSync('sh', [FILL_SH, path], { env: { PATH: process.env.PATH, ...values } })
      assert.equal(filled.toString(), fill(template, values))
    })
  }

  test('that lacks a value fails in containers too', () => {
    const path = fileURLToPath(new URL(TEMPLATES[0]!, import.meta.url))
    assert.throws(() =>
      execFileSync('sh', [FILL_SH, path], { env: { PATH: process.env.PATH }, stdio: 'pipe' }),
    )
  })
})
