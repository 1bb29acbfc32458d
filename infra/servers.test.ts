import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from './engine.ts'
import { InfraFault } from './fault.ts'
import { clusterOf, type Node } from './nodes.ts'
import { Servers } from './servers.ts'
import { readInfraSettings } from './settings.ts'

function serversOf(changes: boolean): { readonly servers: Servers; readonly started: Node[] } {
  const started: Node[] = []
  const nodes = clusterOf('kafka', 3)
  const engine = {
    status: async () => nodes.map((node) => ({ node, state: 'up', pid: null })),
    start: async (node: Node) => void started.push(node),
  } as unknown as Engine
  return { servers: new Servers({ ...readInfraSettings({}), changes }, engine), started }
}

test('a broker joins those that are there, on a port of its own', async () => {
  const { servers, started } = serversOf(true)
  assert.equal(await servers.join('kafka-4'), '127.0.0.1:19098')
  assert.deepEqual(started, [{ name: 'kafka-4', kind: 'kafka', ordinal: 4, size: 3 }])
})

test('nothing joins servers that are not made to change, or are not there', async () => {
  const code = (expected: string) => (error: unknown) =>
    error instanceof InfraFault && error.code === expected
  await assert.rejects(serversOf(false).servers.join('kafka-4'), code('unsupported'))
  await assert.rejects(serversOf(true).servers.join('cassandra-2'), code('not_running'))
})
