// Holds what makes an installation repeatable, and independent of how npm is set up.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

type Locked = { readonly version: string; readonly integrity?: string; readonly link?: boolean }

const read = (name: string) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')
const lock: { packages: Record<string, Locked> } = JSON.parse(read('package-lock.json'))
const { scripts, optionalDependencies, engines } = JSON.parse(read('package.json'))

test('every locked package has a digest, and none a host', () => {
  const fetched = Object.entries(lock.packages).filter(([path]) => path.startsWith('node_modules/'))
  assert.ok(fetched.length > 100)
  const bare = fetched.filter(([, { integrity, link }]) => !link && !/^sha512-/.test(integrity ?? ''))
  assert.deepEqual(
    bare.map(([path]) => path),
    [],
  )
  assert.doesNotMatch(read('package-lock.json'), /"resolved": "https?:/)
})

test('Node is locked like everything else, one version for all platforms', () => {
  const nodes = Object.entries(optionalDependencies as Record<string, string>)
  assert.ok(nodes.length >= 5 && nodes.every(([name]) => name.startsWith('node-')))
  for (const [name, version] of nodes) {
    assert.equal(version, process.versions.node)
    assert.equal(lock.packages[`node_modules/${name}`]?.version, version)
  }
  assert.equal(engines.node, '>=20')
})

test('every script that needs the dependencies installs them by itself, for npm may be told to run no other', () => {
  for (const [name, command] of Object.entries(scripts as Record<string, string>)) {
    assert.doesNotMatch(name, /^(pre|post)/)
    if (name !== 'format') assert.match(command, /^node infra\/install\.mjs && /)
    // A shell may remember where it found the first node; env looks again.
    assert.doesNotMatch(command, /&& (exec )?node /)
  }
})
