// Folders form layers: imports go one way. The table is in layers.ts.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { LAYERS, layerFault, layerOf, outOfOrder } from './layers.ts'
import { root, sourceFiles } from './source-file.ts'

const files = sourceFiles()

test('folders import only what the table of layers allows', () => {
  const faults = files.flatMap((file) =>
    file.imports.flatMap(({ line, from }) => {
      const fault = existsSync(join(root, from)) ? layerFault(file.path, from) : null
      return fault === null ? [] : [file.at(line, fault)]
    }),
  )
  assert.equal(faults.length, 0, `\n${faults.join('\n')}\n`)
})

test('no two folders know each other: each comes after all that it knows', () => {
  assert.deepEqual(outOfOrder(), [])
})

test('every folder of the table is there, and every folder of the product is in the table', () => {
  const layers = new Set(files.map(({ path }) => layerOf(path)))
  assert.deepEqual(
    Object.keys(LAYERS).filter((layer) => !layers.has(layer)),
    [],
  )
  const shipped = files.filter(({ path }) => /^(model|lib|schemas|stores|services)\//.test(path))
  const isForTests = (path: string) => /(\.test|\.integration-test|-contract)\.ts$/.test(path)
  assert.deepEqual(
    shipped.map(({ path }) => path).filter((path) => layerOf(path) === null && !isForTests(path)),
    [],
  )
})

test('a wrong import is told with the place where the thing belongs', () => {
  const fault = (path: string, imported: string) => layerFault(path, imported) ?? ''
  assert.match(fault('model/route.ts', 'lib/clock.ts'), /model must not know lib .*pure .* belongs in model/)
  assert.match(fault('lib/retry.ts', 'stores/log/log.ts'), /lib must not know stores\/log/)
  assert.match(fault('stores/counts/a.ts', 'stores/tops/b.ts'), /joins stores, in\sstores\/backing/)
  assert.match(fault('services/processing/a.ts', 'services/query/b.ts'), /belongs in model\/ if it is pure/)
  assert.match(fault('services/processing/core/a.ts', 'services/processing/driver.ts'), /must not know/)
  assert.match(fault('services/query/a.ts', 'testing/manual-clock.ts'), /for tests alone/)
  assert.equal(layerFault('services/query/a.ts', 'stores/counts/counts.ts'), null)
  assert.equal(layerFault('services/query/a.test.ts', 'services/reconciler/b.ts'), null)
})
