// One version for the server, the API, the image and the SDK, and an entry of the changelog for it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { OPENAPI } from '../services/description.ts'

const textOf = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const { version } = JSON.parse(textOf('package.json')) as { version: string }

test('the API and the SDK are of the version of the product', () => {
  assert.equal(OPENAPI.info.version, version)
  assert.equal(JSON.parse(textOf('sdk/package.json')).version, version)
})

test('the image is of that version', () => {
  const tags = Array.from(
    textOf('docker-compose.yml').matchAll(/\btally(?:-\w+|\$\{\w+:[+-]-?\})*:([\d.]+)/g),
    ([, tag]) => tag,
  )
  assert.ok(tags.length > 0)
  assert.deepEqual(new Set(tags), new Set([version]))
})

test('the chart and its image are of that version', () => {
  const chart = textOf('infra/helm/tally/Chart.yaml')
  const versions = Array.from(chart.matchAll(/^(?:version|appVersion): (\S+)$/gm), ([, found]) => found)
  assert.deepEqual(versions, [version, version])
})

test('the changelog has an entry for it, or for what is not released yet', () => {
  const [latest] = Array.from(textOf('CHANGELOG.md').matchAll(/^## \[([^\]]+)\]/gm), ([, name]) => name)
  assert.ok(latest === version || latest === 'Unreleased', String(latest))
})
