// The name key on a real broker: processes that open it at once, through either client library, agree on one.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, it } from 'node:test'
import { systemClock } from '../../../lib/system-clock.ts'
import { testBrokers } from '../../../testing/kafka-brokers.ts'
import type { NamingArguments } from '../../../testing/naming-process.ts'
import { createTopics } from './create-topics.ts'
import { CLIENTS, type ClientName } from './kafka-clients.ts'
import { readMeta } from './meta.ts'
import { PlatformaticClient } from './platformatic/platformatic-client.ts'
import { metaTopicOf } from './topics.ts'

const brokers = testBrokers()
const SETTINGS = {
  replicationFactor: brokers.length,
  minInSyncReplicas: Math.min(2, brokers.length),
  retentionMs: 3_600_000,
  retentionBytes: -1,
}
/** How many independent races are run. */
const LOGS = 6
const PROCESSES_OF_CLIENT = 2

const client = new PlatformaticClient({ brokers, clientId: 'tally-test' })
after(() => client.close())

it('processes that open the key of a new log at once agree on one, and so does one that comes later', async (t) => {
  const prefixes = Array.from({ length: LOGS }, () => `test-${randomBytes(6).toString('hex')}`)
  const newIncarnation = () => randomBytes(4).toString('hex')
  for (const prefix of prefixes)
    await createTopics({ ...SETTINGS, client, clock: systemClock, prefix, partitions: 1, newIncarnation })
  const names = Object.keys(CLIENTS) as ClientName[]
  const crowd = names.flatMap((name) => Array<ClientName>(PROCESSES_OF_CLIENT).fill(name))
  const starters = await Promise.all(crowd.map((name) => startProcess(name, prefixes)))
  const [first, ...others] = await Promise.all(starters.map((openKeys) => openKeys()))
  for (const ids of others) assert.deepEqual(ids, first)
  assert.equal(new Set(first).size, LOGS, 'each log has a key of its own')

  const made = await keysMade(prefixes)
  for (const name of names) {
    const openKeys = await startProcess(name, prefixes)
    assert.deepEqual(await openKeys(), first)
  }
  assert.deepEqual(await keysMade(prefixes), made, 'later processes make none')
  t.diagnostic(`processes that met at a key: ${made.join(', ')}`)
})

/** How many proposals each log holds. */
function keysMade(prefixes: readonly string[]): Promise<number[]> {
  const made = async (prefix: string) => {
    const entries = await readMeta(client, metaTopicOf(prefix))
    return entries.filter(({ kind }) => kind === 'namekey').length
  }
  return Promise.all(prefixes.map(made))
}

/**
 * Resolves when the process has reached Kafka; the returned function starts the opening and resolves when the process
 * ends.
 */
async function startProcess(
  name: ClientName,
  prefixes: readonly string[],
): Promise<() => Promise<readonly string[]>> {
  const script = new URL('../../../testing/naming-process.ts', import.meta.url).pathname
  const given: NamingArguments = { target: { brokers, client: name }, prefixes }
  const child = spawn(process.execPath, [script, JSON.stringify(given)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  after(() => child.kill())
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  assert.equal((await lines.next()).value, 'ready')
  return async () => {
    child.stdin.end('open\n')
    const ids = JSON.parse(String((await lines.next()).value)) as string[]
    const [code] = await exited
    assert.equal(code, 0)
    return ids
  }
}
