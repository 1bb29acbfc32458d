// What sdk/package.json declares is what is built and checked.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../source-file.ts'
import { CONDITIONS, CONDITIONS_WITH_NODE, NODE_ENTRIES, SDK_ENTRIES } from './sdk-entries.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

test('every entry has a source, and conditions in the order in which tools look', () => {
  assert.ok(SDK_ENTRIES.length >= 2)
  for (const { name, source, nodeSource, targets } of SDK_ENTRIES) {
    for (const path of [source, nodeSource ?? source]) {
      assert.ok(existsSync(join(root, path)), `${name}: ${path} does not exist`)
    }
    const ofPages = nodeSource === undefined ? CONDITIONS : CONDITIONS_WITH_NODE
    const conditions = NODE_ENTRIES.includes(name) ? ['types', 'default'] : ofPages
    assert.deepEqual(Object.keys(targets), conditions, name)
    assert.equal(targets.types, targets.default!.replace(/\.js$/, '.d.ts'), name)
    const elsewhere = Object.entries(targets).filter(([condition]) => !/^(types|node)$/.test(condition))
    assert.deepEqual(new Set(elsewhere.map(([, path]) => path)), new Set([targets.default]), name)
  }
})

test('the form for Node exports what the entry does', async () => {
  const withNode = SDK_ENTRIES.filter(({ nodeSource }) => nodeSource !== undefined)
  assert.deepEqual(
    withNode.map(({ name }) => name),
    ['@tally/sdk', '@tally/sdk/read', '@tally/sdk/send'],
  )
  for (const { name, source, nodeSource } of withNode) {
    const [everywhere, onNode] = await Promise.all(
      [source, nodeSource!].map((path) => import(join(root, path))),
    )
    assert.deepEqual(Object.keys(onNode), Object.keys(everywhere), name)
    const own = Object.keys(onNode).filter((key) => onNode[key] !== everywhere[key])
    const made = ['createClient', 'createReader', 'createSender'].filter((key) => key in everywhere)
    assert.deepEqual(own, made, name)
  }
})

test('every entry is compiled: the projects of the SDK include the source of each, and no others', () => {
  const included = (project: string) =>
    JSON.parse(read(project).replace(/^\s*\/\/.*$/gm, '')).include.map((path: string) => `sdk/${path}`)
  assert.deepEqual(
    [...included('sdk/tsconfig.json'), ...included('sdk/tsconfig.node.json')].sort(),
    SDK_ENTRIES.flatMap(({ source, nodeSource }) => (nodeSource ? [source, nodeSource] : [source])).sort(),
  )
})

test('the SDK is published with the license of the project, and needs no package', () => {
  assert.equal(read('sdk/LICENSE'), read('LICENSE'))
  const manifest = JSON.parse(read('sdk/package.json'))
  for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
    assert.equal(manifest[kind], undefined)
  }
})
