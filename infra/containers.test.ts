import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseContainers } from './containers.ts'

const LINES =
  '{"Service":"kafka-1","State":"running","Health":"healthy"}\n{"Service":"redis-1","State":"exited"}\n'
const EXPECTED = [
  { service: 'kafka-1', state: 'running' },
  { service: 'redis-1', state: 'exited' },
]

test('containers are read from lines, from an array, and from nothing', () => {
  assert.deepEqual(parseContainers(LINES), EXPECTED)
  assert.deepEqual(parseContainers(`[${LINES.trim().replace('\n', ',')}]`), EXPECTED)
  assert.deepEqual(parseContainers('\n'), [])
})
