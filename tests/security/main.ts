// npm run test:security: starts real servers that ask who one is, runs the tests that need them, and stops them.
import { spawn } from 'node:child_process'
import { addAbortListener, once } from 'node:events'
import { commandLine } from '../../lib/command-line.ts'
import { interruption } from '../../lib/interruption.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { root } from '../source-file.ts'
import { startSecured } from './secured-servers.ts'

/** A hanging test must not hang the run. */
const TEST_TIMEOUT_MS = 600_000

const { operands: files } = commandLine({
  usage: 'npm run test:security [-- FILE…]   TLS, sign-in and rights on real Kafka, Cassandra and Redis',
  takesOperands: true,
})
await using directory = await temporaryDirectory()
const { secured, up, down } = await startSecured(directory.path)
const interrupted = interruption()
try {
  await up(interrupted)
  const patterns = files.length > 0 ? files : ['tests/security/*.security-test.ts']
  const flags = ['--test-reporter=spec', '--test-concurrency=1', `--test-timeout=${TEST_TIMEOUT_MS}`]
  const child = spawn(process.execPath, ['--test', ...flags, '--test-force-exit', ...patterns], {
    cwd: root,
    env: { ...process.env, SECURED: JSON.stringify(secured) },
    stdio: 'inherit',
  })
  using _ = addAbortListener(interrupted, () => child.kill())
  const [code] = await once(child, 'exit')
  process.exitCode = code ?? 1
} catch (error) {
  if (!interrupted.aborted) throw error
  console.error(interrupted.reason.message)
  process.exitCode = 1
} finally {
  await down()
}
