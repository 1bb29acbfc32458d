// The description of the API by the rules of Redocly that are recommended: no error, and no warning either.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { OPENAPI } from '../services/description.ts'

const config = await createConfig({ extends: ['recommended'] })

/** What the rules find, each with its place. */
async function lint(description: object): Promise<readonly string[]> {
  const source = JSON.stringify(description)
  const problems = await lintFromString({ source, absoluteRef: 'openapi.json', config })
  return problems.map(({ severity, ruleId, message, location }) => {
    return `${severity} ${ruleId}: ${message} (${location.map(({ pointer }) => pointer).join(', ')})`
  })
}

test('the description breaks none of the recommended rules', async () => {
  assert.deepEqual(await lint(OPENAPI), [])
})

test('the rules see what only OpenAPI 3.2 knows: the method QUERY', async () => {
  const { query, ...others } = OPENAPI.paths['/v1/query']
  const { operationId: _, ...unnamed } = query
  const paths = { ...OPENAPI.paths, '/v1/query': { ...others, query: unnamed } }
  const [problem, ...rest] = await lint({ ...OPENAPI, paths })
  assert.match(problem!, /operation-operationId: .*#\/paths\/~1v1~1query\/query/)
  assert.deepEqual(rest, [])
})
