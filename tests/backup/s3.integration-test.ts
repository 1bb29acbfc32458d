// A backup and a restore of a cluster whose archives are in buckets of a real S3 server.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { HOUR_MS } from '../../model/bucket.ts'
import { receiveBackup } from '../../stores/backup/receive-backup.ts'
import { checkBackup, readManifest, restoreBackup } from '../../stores/backup/restore-backup.ts'
import { openLocalObjects } from '../../stores/objects/local-objects.ts'
import { backupBytes, openBackedUp, piecesOf } from '../../testing/backup-fixture.ts'
import { BATCH_SETTINGS } from '../../testing/batch-world.ts'
import { openTestBucket } from '../../testing/s3-bucket.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { backUpCluster } from '../../tools/backup/cluster/run-cluster.ts'
import { runCluster } from '../../tools/rebuild/cluster/run-cluster.ts'
import { checkedBackup, restoreCluster } from '../../tools/restore/cluster/run-cluster.ts'
import { copiedCluster, newCluster, QUIET, rebuiltCluster } from './cluster-commands.ts'
import { begun, Life } from './cluster-world.ts'

const BEGIN = Date.UTC(2026, 10, 20, 3, 20)

test('a cluster is restored from one bucket into another, exactly', async () => {
  await using directory = await temporaryDirectory()
  await using from = await openTestBucket()
  await using into = await openTestBucket()
  const { life: one } = await begun(BEGIN, directory.path, 12, from.objects)
  const { clock } = one
  clock.pass(2 * HOUR_MS)
  await one.work()
  const out = join(directory.path, 'backup')
  await mkdir(out)
  await backUpCluster(await copiedCluster(one), out, clock, QUIET)
  clock.turn = async () => {}
  const two = new Life(clock, directory.path, into.objects)
  await restoreCluster(newCluster(two), await checkedBackup(out, clock, QUIET), clock, QUIET)
  const keys = async ({ objects }: Life) =>
    (await objects.list('date=')).map(({ key, bytes }) => [key, bytes])
  assert.ok((await keys(two)).length > 0)
  assert.deepEqual(await keys(two), await keys(one))
  clock.turn = () => two.work()
  const options = { settings: BATCH_SETTINGS, isAgreed: true, accepts: false }
  await runCluster(await rebuiltCluster(two), options, clock, QUIET)
  await two.check(one.events, two.noted!.recountTo!)
})

test('a process whose archive is in a bucket is restored with an archive of its own', async () => {
  await using directory = await temporaryDirectory()
  await using bucket = await openTestBucket()
  const [data, out, target] = ['data', 'backup', 'target'].map((name) => join(directory.path, name)) as [
    string,
    string,
    string,
  ]
  {
    await using running = await openBackedUp(data, bucket.objects)
    await receiveBackup(piecesOf(await backupBytes(running.parts)), out, () => {})
  }
  const manifest = await readManifest(out)
  await checkBackup(out, manifest, () => {})
  await restoreBackup(out, manifest, target, () => {})
  const restored = await openLocalObjects(join(target, 'archive'))
  const inBucket = await bucket.objects.list('')
  assert.ok(inBucket.length > 1)
  for (const { key } of inBucket)
    assert.deepEqual(Buffer.from((await restored.read(key))!), Buffer.from((await bucket.objects.read(key))!))
})
