// npm test: every test that needs no servers.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commandLine } from '../lib/command-line.ts'
import { runTests } from './run-tests.ts'

const FOLDERS =
  'benchmarks,infra,lib,load-tests,model,schemas,sdk,services,simulator,stores,testing,tests,tools'
/** Some tests wait for a moment that they time, or for a process: then the cores have another file to run. */
const FILES_WAITING = 1
/** A hanging test must not hang the run. Far longer than any test takes on a busy machine. */
const TEST_TIMEOUT_MS = 1_800_000

const { operands: files } = commandLine({ usage: 'npm test [-- FILE…]', takesOperands: true })
process.exitCode = await runTests({
  patterns: files.length > 0 ? files : [`{${FOLDERS}}/**/*.test.ts`],
  options: [
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    `--test-concurrency=${availableParallelism() + FILES_WAITING}`,
  ],
  env: {
    NODE_COMPILE_CACHE: join(fileURLToPath(new URL('..', import.meta.url)), 'node_modules/.cache/tests'),
  },
})
