// The recount on Spark where the archive is in a bucket: Spark reads it and writes to it by itself.
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import { openServers, type Servers } from '../../infra/servers.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { installHadoopAws } from '../../infra/spark/install-spark.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { openArchive } from '../../stores/archive/duckdb/duckdb-archive.ts'
import { storedIn } from '../../stores/archive/recount-contract.ts'
import { sparkEngine } from '../../stores/archive/spark/spark-engine.ts'
import { arbitraryArchive } from '../../testing/arbitrary-archive.ts'
import { readRecount } from '../../testing/archive-fixture.ts'
import { openTestBucket } from '../../testing/s3-bucket.ts'
import { QUESTION, SPARK } from './spark-fixture.ts'

const PORT = 27_901
const folder = await mkdtemp(join(tmpdir(), 'tally-spark-s3-'))
const infra = readInfraSettings(process.env)
let servers: Servers

before(async () => {
  servers = await openServers({ directory: folder, ports: { ...infra.ports, s3: PORT } })
  process.env.S3_ENDPOINT = (await servers.up({ s3: 1 })).s3![0]!
  const jars = join(await installHadoopAws(infra.programs), '*')
  const defaults = ['driver', 'executor'].map((part) => `spark.${part}.extraClassPath ${jars}\n`)
  await writeFile(join(folder, 'spark-defaults.conf'), defaults.join(''))
})

after(async () => {
  await servers.down(['s3'])
  await rm(folder, { recursive: true, force: true })
})

it('counts a bucket, sets aside what is damaged there, and leaves nothing', async () => {
  await using bucket = await openTestBucket()
  const { objects, settings } = bucket
  const archive = await openArchive({
    ...{ objects, scratchDirectory: join(bucket.folder, 'archive'), memoryMiB: 64, threads: 1 },
    engine: sparkEngine({
      spark: SPARK,
      objects: { kind: 's3', ...settings },
      environment: { ...process.env, SPARK_CONF_DIR: folder },
      clock: systemClock,
    }),
  })
  const reference = await storedIn(archive, arbitraryArchive(5, 400))
  assert.deepEqual(await readRecount(archive, QUESTION), await readRecount(reference, QUESTION))
  assert.deepEqual(await objects.list('recounts/'), [])

  const { key } = (await objects.list('date='))[0]!
  const { path, release } = await objects.open(key)
  const bytes = await readFile(path)
  await release()
  bytes[40]! ^= 4
  await objects.write(key, bytes)
  const { unreadable } = await readRecount(archive, QUESTION)
  assert.deepEqual(new Set(unreadable.map(({ name }) => name)), new Set([key]))
  await archive.close()
})
