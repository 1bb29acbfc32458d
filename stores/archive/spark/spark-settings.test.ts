import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Environment, SettingsReader } from '../../../lib/settings-reader.ts'
import { isLocal, readRecountEngine } from './spark-settings.ts'

function read(environment: Environment, threads = 1) {
  const reader = new SettingsReader(environment)
  const engine = readRecountEngine(reader, threads)
  reader.check()
  return engine
}

const SPARK = { RECOUNT_ENGINE: 'spark', SPARK_HOME: '/opt/spark' }

test('DuckDB recounts unless Spark is asked for, whatever else is said of Spark', () => {
  assert.deepEqual(read({}), { kind: 'duckdb' })
  assert.deepEqual(read({ SPARK_HOME: 'opt/spark', SPARK_MASTER: 'yarn' }), { kind: 'duckdb' })
})

test('Spark runs here with the threads of a recount, unless a master is named', () => {
  const spark = {
    home: '/opt/spark',
    master: 'local[3]',
    memoryMiB: 2_048,
    timeoutMs: 3_600_000,
    bytesMin: 0,
  }
  assert.deepEqual(read(SPARK, 3), { kind: 'spark', spark })
  const cluster = {
    SPARK_MASTER: 'spark://a:7077,b:7077',
    SPARK_MIB_MAX: '4096',
    SPARK_TIMEOUT_S: '60',
    SPARK_FROM_MIB: '1',
  }
  assert.deepEqual(read({ ...SPARK, ...cluster }), {
    kind: 'spark',
    spark: {
      home: '/opt/spark',
      master: 'spark://a:7077,b:7077',
      memoryMiB: 4_096,
      timeoutMs: 60_000,
      bytesMin: 1 << 20,
    },
  })
})

for (const master of ['local[1]', 'local[*]', 'spark://host:7077', 'yarn', 'k8s://https://host:6443'])
  test(`${master} is a master`, () => {
    const engine = read({ ...SPARK, SPARK_MASTER: master })
    assert.equal(engine.kind === 'spark' && engine.spark.master, master)
    assert.equal(isLocal({ master }), master.startsWith('local'))
  })

test('what is wrong is named, with the rule', () => {
  assert.throws(() => read({ RECOUNT_ENGINE: 'flink' }), /RECOUNT_ENGINE must be one of duckdb, spark/)
  assert.throws(() => read({ RECOUNT_ENGINE: 'spark' }), /needs SPARK_HOME/)
  assert.throws(() => read({ ...SPARK, SPARK_HOME: 'spark' }), /absolute path/)
  for (const master of ['local', 'local[0]', 'spark://host', 'host:7077', 'yarn --conf x=y'])
    assert.throws(
      () => read({ ...SPARK, SPARK_MASTER: master }),
      /SPARK_MASTER: must be local\[THREADS\]/,
      master,
    )
  assert.throws(() => read({ ...SPARK, SPARK_TIMEOUT_S: '59' }), /SPARK_TIMEOUT_S .*60 to 43200/)
  assert.throws(() => read({ ...SPARK, SPARK_MIB_MAX: '512' }), /SPARK_MIB_MAX .*1024 to/)
})
