// The recount on a real Spark: the contract of every engine, and a cluster.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { recountContract, storedIn } from '../../stores/archive/recount-contract.ts'
import { checkSpark } from '../../stores/archive/spark/check-spark.ts'
import { arbitraryArchive } from '../../testing/arbitrary-archive.ts'
import { archiveDirectory } from '../../testing/archive-directory.ts'
import { readRecount } from '../../testing/archive-fixture.ts'
import { startCluster } from './cluster.ts'
import { engineOf, QUESTION, resultsIn, SPARK } from './spark-fixture.ts'

recountContract('The recount on Spark', {
  engineOf: (directory) => engineOf(directory),
  seeds: [20_261_121],
  eventsPerSource: 1_000,
})

it('counts on a cluster, in a directory whose name would be a pattern', async () => {
  await using cluster = await startCluster(SPARK.home)
  await using directory = await archiveDirectory({
    folder: 'an {archive}* [of] tests',
    engineOf: (path) => engineOf(path, { spark: { master: cluster.url } }),
  })
  const reference = await storedIn(directory.archive, arbitraryArchive(7, 400))
  assert.deepEqual(await readRecount(directory.archive, QUESTION), await readRecount(reference, QUESTION))
  assert.deepEqual(await resultsIn(directory.path), [])
})

const NEVER = new AbortController().signal

it('says its version, and is refused in words where Java or Python is missing', async () => {
  assert.match(await checkSpark(SPARK, process.env, NEVER), /^\d+\.\d+\.\d+/)
  const withoutJava = { ...process.env, JAVA_HOME: '/nowhere' }
  await assert.rejects(checkSpark(SPARK, withoutJava, NEVER), {
    code: 'spark_missing',
    message: /Spark cannot be started: .*\/nowhere\/bin\/java.*It needs Java 17 or 21/,
  })
  const withoutPython = { ...process.env, PYSPARK_PYTHON: '/nowhere/python' }
  await assert.rejects(checkSpark(SPARK, withoutPython, NEVER), {
    code: 'spark_missing',
    message: /needs Python 3: \/nowhere\/python .*ENOENT/,
  })
})
