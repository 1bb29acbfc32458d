// What sdk/package.json declares is what is built and checked.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../source-file.ts'
import { NODE_ENTRIES, SDK_ENTRIES } from './sdk-entries.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('every entry has a source, and conditions in the order in which tools look', () => {
  assert.ok(SDK_ENTRIES.length >= 2)
  for (const { name, source, targets } of SDK_ENTRIES) {
    assert.ok(existsSync(join(root, source)), `${name}: ${source} does not exist`)
    const conditions = NODE_ENTRIES.includes(name) ? ['types', 'default'] : ['types', 'browser', 'default']
    assert.deepEqual(Object.keys(targets), conditions, name)
    assert.equal(targets.types, targets.default!.replace(/\.js$/, '.d.ts'), name)
  }
})

test('every entry is compiled: the projects of the SDK include the source of each, and no others', () => {
  const included = (project: string) =>
    JSON.parse(read(project).replace(/^\s*\/\/.*$/gm, '')).include.map((path: string) => `sdk/${path}`)
  assert.deepEqual(
    [...included('sdk/tsconfig.json'), ...included('sdk/tsconfig.node.json')].sort(),
    SDK_ENTRIES.map(({ source }) => source).sort(),
  )
})

test('the SDK is published with the license of the project, and needs no package', () => {
  assert.equal(read('sdk/LICENSE'), read('LICENSE'))
  const manifest = JSON.parse(read('sdk/package.json'))
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
    assert.equal(manifest[kind], undefined)
  }
})
