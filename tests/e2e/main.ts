// npm run e2e: the product in a real browser. Installs the browser where there is none; keeps screenshots in
// artifacts/e2e.
import { availableParallelism } from 'node:os'
import { installChromium } from '../../infra/native/chromium.ts'
import { commandLine } from '../../lib/command-line.ts'
import { runTests } from '../run-tests.ts'

/** What measures time, or plays films in it, is run when nothing else is. */
const MEASURED = 'tests/e2e/{speed,demo,player,players,player-example}.e2e.ts'
const OTHERS = 'tests/e2e/!(speed|demo|player|players|player-example).e2e.ts'

const { operands: files } = commandLine({ usage: 'npm run e2e [-- FILE…]', takesOperands: true })
await installChromium()
const run = (patterns: readonly string[], together: number) =>
  runTests({ patterns, options: [`--test-concurrency=${together}`] })
const codes =
  files.length > 0
    ? [await run(files, 1)]
    : [await run([OTHERS], availableParallelism()), await run([MEASURED], 1)]
process.exitCode = Math.max(...codes)
