// What is said of a Spark that fails, and of one that is not there. Spark itself is started by npm run test:spark.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { checkSpark } from './check-spark.ts'
import { passedOn, wordsOf } from './spark-submit.ts'

test('of what Spark printed the lines are told that say what went wrong, the last ones, each once', () => {
  const output = [
    '26/12/01 02:00:00 WARN NativeCodeLoader: Unable to load native-hadoop library',
    'Exception in thread "main" java.net.ConnectException: Connection refused',
    '\tat java.base/sun.nio.ch.Net.connect0(Native Method)',
    '\t... 20 more',
    'Caused by: java.io.IOException: No space left on device',
    'Caused by: java.io.IOException: No space left on device',
    '26/12/01 02:00:01 INFO ShutdownHookManager: Shutdown hook called',
  ].join('\n')
  assert.equal(
    wordsOf(output),
    'Exception in thread "main" java.net.ConnectException: Connection refused | ' +
      'Caused by: java.io.IOException: No space left on device',
  )
  assert.equal(wordsOf('one\ntwo\n'), 'one | two')
  assert.equal(wordsOf('\n'), 'it said nothing')
  assert.ok(wordsOf(`error ${'x'.repeat(10_000)}`).length < 1_000)
})

test('Spark gets of the environment what is for it, and no secret of ours', () => {
  const environment = {
    PATH: '/bin',
    JAVA_HOME: '/java',
    SPARK_CONF_DIR: '/conf',
    PYSPARK_PYTHON: 'python3',
    AWS_ACCESS_KEY_ID: 'key',
    API_KEYS: 'secret',
    CASSANDRA_PASSWORD: 'secret',
    KAFKA_SASL_PASSWORD: 'secret',
    REDIS_URL: 'redis://:secret@host',
    NODE_OPTIONS: '--inspect',
  }
  const names = ['PATH', 'JAVA_HOME', 'SPARK_CONF_DIR', 'PYSPARK_PYTHON', 'AWS_ACCESS_KEY_ID']
  assert.deepEqual(Object.keys(passedOn(environment)), names)
})

test('a Spark that is not there is refused in words', async () => {
  await using directory = await temporaryDirectory()
  const { signal } = new AbortController()
  await assert.rejects(checkSpark({ home: directory.path }, process.env, signal), {
    code: 'spark_missing',
    message: `SPARK_HOME is no Spark: ${directory.path}/bin/spark-submit: ENOENT`,
  })
})
