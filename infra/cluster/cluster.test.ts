import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { freePort } from '../../lib/free-port.ts'
import { until } from '../../testing/until.ts'
import type { Engine, NodeStatus } from '../engine.ts'
import type { Kind, Node } from '../nodes.ts'
import { Servers } from '../servers.ts'
import { readInfraSettings } from '../settings.ts'
import { Cluster } from './cluster.ts'

const SERVICES = ['partitioner', 'processing', 'query', 'reconciler']
const ENDS = ''
const NEVER_READY = "console.error('pid ' + process.pid); setInterval(() => {}, 1000)"
const FAILS = "console.error('cannot'); process.exit(1)"

/** Servers that are there at once, and what is left of them. */
function fakeServers() {
  const left = new Map<string, Node>()
  const engine = {
    async up(nodes: readonly Node[]) {
      for (const node of nodes) left.set(node.name, node)
    },
    async down(kinds: readonly Kind[]) {
      for (const { name, kind } of left.values()) if (kinds.includes(kind)) left.delete(name)
    },
    async status(): Promise<NodeStatus[]> {
      return Array.from(left.values(), (node) => ({ node, state: 'up', pid: null }))
    },
  } as unknown as Engine
  return { left, servers: new Servers(readInfraSettings({}), engine) }
}

type Programs = { readonly migrate: string; readonly service: (name: string) => string }

/** Starts a cluster whose programs are these. */
async function starting(
  { migrate, service }: Programs,
  work: (
    start: Promise<Cluster>,
    interrupted: AbortController,
    pids: () => Promise<number[]>,
  ) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'tally-cluster-'))
  const programs = { 'tools/migrate.ts': migrate, 'tools/topics.ts': ENDS }
  const services = SERVICES.map((name) => [`services/${name}/main.ts`, service(name)])
  for (const [path, text] of [...Object.entries(programs), ...services]) {
    await mkdir(dirname(join(root, path!)), { recursive: true })
    await writeFile(join(root, path!), text!)
  }
  const logs = SERVICES.flatMap((name) => [1, 2].map((n) => join(root, 'logs', `${name}-${n}.log`)))
  const pids = async () => {
    const texts = await Promise.all(logs.map((log) => readFile(log, 'utf8').catch(() => '')))
    return texts.flatMap((text) => Array.from(text.matchAll(/pid (\d+)/g), ([, pid]) => Number(pid)))
  }
  const { left, servers } = fakeServers()
  const interrupted = new AbortController()
  const start = Cluster.startOn(servers, {
    ...{ dataDirectory: root, root, port: await freePort(), signal: interrupted.signal },
    ...{ brokers: 1, cassandraNodes: 1, partitions: 1 },
  })
  start.catch(() => {})
  try {
    await work(start, interrupted, pids)
    assert.deepEqual([...left.keys()], [])
    assert.deepEqual((await pids()).filter(isRunning), [])
  } finally {
    for (const pid of (await pids()).filter(isRunning)) process.kill(pid, 'SIGKILL')
    await rm(root, { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

suite('the start of a cluster leaves nothing running', () => {
  test('when it is interrupted while services start', () =>
    starting({ migrate: ENDS, service: () => NEVER_READY }, async (start, interrupted, pids) => {
      await until('all services run', async () => (await pids()).length === 2 * SERVICES.length)
      interrupted.abort(new Error('stopped by SIGINT'))
      await assert.rejects(start, /stopped by SIGINT/)
    }))

  test('when it is interrupted while a command runs', () =>
    starting(
      {
        migrate: `require('node:fs').mkdirSync(__dirname + '/../logs')
          require('node:fs').writeFileSync(__dirname + '/../logs/query-1.log', 'pid ' + process.pid)
          ${NEVER_READY}`,
        service: () => ENDS,
      },
      async (start, interrupted, pids) => {
        await until('the command runs', async () => (await pids()).length === 1)
        interrupted.abort(new Error('stopped by SIGINT'))
        await assert.rejects(start, /stopped by SIGINT/)
      },
    ))

  test('when one service fails', () =>
    starting(
      { migrate: ENDS, service: (name) => (name === 'reconciler' ? FAILS : NEVER_READY) },
      async (start) => {
        await assert.rejects(start, { code: 'did_not_start' })
      },
    ))
})
