// What is in the package.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { installedSdk } from './installed-sdk.ts'
import { SDK_ENTRIES } from './sdk-entries.ts'

const IMPORTED = /(?:from |import\()['"]([^'"]+)['"]/g
/** The only ones that need Node. */
const NODE_MODULES = ['dist/node/http-fetch.js', 'dist/persist/spool.js']
const { folder } = installedSdk()
const installed = join(folder, 'node_modules/@tally/sdk')
const files = globSync('**/*.*', { cwd: installed }).sort()
const built = files.filter((path) => path.startsWith('dist/'))

test('modules and their types, README, LICENSE and package.json, but no sources and no tests', () => {
  assert.deepEqual(globSync('*', { cwd: installed }).sort(), ['LICENSE', 'README.md', 'dist', 'package.json'])
  assert.ok(built.length > 0)
  assert.deepEqual(
    built.filter((path) => !/^dist\/[a-z0-9/-]+\.(js|d\.ts)$/.test(path)),
    [],
  )
})

test('every module is needed by an entry, and imports nothing from elsewhere', () => {
  const needed = new Set<string>()
  const visit = (path: string): void => {
    if (needed.has(path)) return
    needed.add(path)
    for (const [, name] of readFileSync(join(installed, path), 'utf8').matchAll(IMPORTED)) {
      if (name!.startsWith('node:') && NODE_MODULES.includes(path)) continue
      assert.match(name!, /^\.\.?\/.+\.js$/, `${path} imports ${name}`)
      visit(join(path, '..', path.endsWith('.d.ts') ? name!.replace(/\.js$/, '.d.ts') : name!))
    }
  }
  for (const { targets } of SDK_ENTRIES) for (const path of Object.values(targets)) visit(join(path))
  // Some modules hold types alone, and some types no entry shows: a module is needed for one or the other.
  const modules = (paths: Iterable<string>) =>
    [...new Set(Array.from(paths, (path) => path.replace(/\.(d\.ts|js)$/, '')))].sort()
  assert.deepEqual(modules(built), modules(needed))
})
