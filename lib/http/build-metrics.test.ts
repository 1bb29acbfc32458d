import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { tellBuild } from './build-metrics.ts'

test('the version is that of package.json', async () => {
  const registry = new Registry()
  tellBuild(registry)
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  assert.ok(
    (await registry.metrics()).includes(
      `tally_build_info{version="${version}",node="${process.versions.node}"} 1`,
    ),
  )
})
