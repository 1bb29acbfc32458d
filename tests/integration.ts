// npm run test:integration: starts real servers of its own, runs the tests that need them, and stops the servers.
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { openServers } from '../infra/servers.ts'
import { readInfraSettings } from '../infra/settings.ts'
import { commandLine } from '../lib/command-line.ts'
import { interruption } from '../lib/interruption.ts'
import { runTests } from './run-tests.ts'

const PORTS = { kafka: 27_092, cassandra: 27_042, redis: 26_379, s3: 27_900 }
const FOLDERS = '{infra,services,stores,tests}/**'
/** They stop servers that others use, empty the cache, or measure how long something was away: one at a time. */
const ALONE = [
  ...['vrrp', 'nginx', 'away', 'hung', 'kafka-faults', 'nearest-replicas'],
  ...['redis', 'redis-tops', 'redis-progress-turns', 'top-week'],
]
/** A hanging test must not hang the run. Far longer than any test takes on a busy machine. */
const TEST_TIMEOUT_MS = 600_000
const RUN_TIMEOUT_MS = 6 * TEST_TIMEOUT_MS

const { operands: files } = commandLine({ usage: 'npm run test:integration [-- FILE…]', takesOperands: true })
const directory = await mkdtemp(join(tmpdir(), 'tally-integration-'))
const settings = readInfraSettings(process.env)
const servers = await openServers({
  directory,
  ports: { ...settings.ports, ...PORTS },
  startTimeoutMs: TEST_TIMEOUT_MS,
})
const interrupted = interruption()

try {
  const endpoints = await servers.up({ kafka: 3, cassandra: 1, redis: 1, s3: 1 }, interrupted)
  const env = {
    INFRA_DIR: directory,
    KAFKA_PORT: String(PORTS.kafka),
    CASSANDRA_PORT: String(PORTS.cassandra),
    KAFKA_BROKERS: endpoints.kafka!.join(','),
    CASSANDRA_CONTACT_POINTS: endpoints.cassandra!.join(','),
    REDIS_URL: endpoints.redis![0]!,
    S3_ENDPOINT: endpoints.s3![0]!,
  }
  const run = (patterns: readonly string[], together: number) =>
    runTests({
      patterns,
      options: [
        `--test-concurrency=${together}`,
        '--test-force-exit', // Cassandra's driver may leave connections to a node that was killed and restarted
        `--test-timeout=${TEST_TIMEOUT_MS}`,
      ],
      env,
      timeoutMs: RUN_TIMEOUT_MS,
      signal: interrupted,
    })
  const codes =
    files.length > 0
      ? [await run(files, 1)]
      : [
          await run([`${FOLDERS}/!(${ALONE.join('|')}).integration-test.ts`], availableParallelism()),
          await run([`${FOLDERS}/@(${ALONE.join('|')}).integration-test.ts`], 1),
        ]
  process.exitCode = Math.max(...codes)
} catch (error) {
  if (!interrupted.aborted) throw error
  console.error(interrupted.reason.message)
  process.exitCode = 1
} finally {
  await servers.down() // also what a test has started, and did not come to stop
  await rm(directory, { recursive: true, force: true })
}
