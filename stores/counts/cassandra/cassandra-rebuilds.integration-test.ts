import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { CONNECT_DEPS, dropKeyspace, migrateTest, testSettings } from '../../../testing/cassandra-keyspace.ts'
import { openCassandraStores } from '../../backing/open-cassandra-stores.ts'
import { connect } from '../../cassandra/connect.ts'
import { EMPTY_LEDGER } from '../counts.ts'
import type { Rebuild } from '../rebuilds.ts'
import { keyspaceState } from './keyspace-state.ts'

const BEGUN: Rebuild = {
  ...{ version: 2, begunMs: 2, fromMinute: 60, viewersTo: 0 },
  ...{ isPrepared: false, isDone: false },
}

const settings = testSettings()
const unbound = await connect(settings, null, CONNECT_DEPS)
after(async () => {
  await dropKeyspace(unbound, settings)
  await unbound.shutdown()
})
const state = () => keyspaceState(unbound, settings.keyspace)

test('a keyspace is lost until something is counted in it or a rebuild begins', async () => {
  assert.equal(await state(), 'lost')
  await migrateTest(settings)
  assert.equal(await state(), 'lost')
  const stores = await openCassandraStores(settings, CONNECT_DEPS)
  after(() => stores.close())
  await stores.counts.writeCheckpoint('s-0', { offset: 7, logTimeMs: 0, ledger: EMPTY_LEDGER })
  assert.equal(await state(), 'held')
  assert.equal(await stores.rebuilds.readRebuild(), null)
  await stores.rebuilds.writeRebuild(BEGUN)
  assert.deepEqual(await state(), BEGUN)
  await stores.rebuilds.writeRebuild({ ...BEGUN, version: 1, isDone: true })
  assert.deepEqual(await stores.rebuilds.readRebuild(), BEGUN)
  await stores.rebuilds.writeRebuild({ ...BEGUN, version: 3, isDone: true })
  assert.equal((await stores.rebuilds.readRebuild())?.isDone, true)
  await stores.rollups.writeReconciled({ version: 9, toMinute: 0, exceptHours: [] })
  assert.equal((await stores.rebuilds.readRebuild())?.version, 3)
})
