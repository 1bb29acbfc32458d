// npm run test:spark: fetches Apache Spark, and runs the tests of the recount on it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readInfraSettings } from '../../infra/settings.ts'
import { installSpark } from '../../infra/spark/install-spark.ts'
import { commandLine } from '../../lib/command-line.ts'
import { root } from '../source-file.ts'

/** A hanging test must not hang the run. */
const TEST_TIMEOUT_MS = 1_800_000

/** Jobs are short: compiling them well costs more than it saves. */
const JAVA_OPTIONS = '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'

const { operands: files } = commandLine({
  usage:
    'npm run test:spark [-- FILE…]   the recount on a real Apache Spark: equal to DuckDB, killed, on a cluster',
  takesOperands: true,
})
const { home, python } = await installSpark(readInfraSettings(process.env).programs)
const patterns = files.length > 0 ? files : ['tests/spark/*.spark-test.ts']
const flags = ['--test-reporter=spec', '--test-concurrency=1', `--test-timeout=${TEST_TIMEOUT_MS}`]
const child = spawn(process.execPath, ['--test', ...flags, ...patterns], {
  cwd: root,
  env: { ...process.env, SPARK_HOME: home, PYSPARK_PYTHON: python, JAVA_TOOL_OPTIONS: JAVA_OPTIONS },
  stdio: 'inherit',
})
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1
