// npm run e2e: the product in a real browser. Installs the browser where there is none; keeps screenshots in
// artifacts/e2e.
import { installChromium } from '../../infra/native/chromium.ts'
import { commandLine } from '../../lib/command-line.ts'
import { runTests } from '../run-tests.ts'

const { operands: files } = commandLine({ usage: 'npm run e2e [-- FILE…]', takesOperands: true })
await installChromium()
process.exitCode = await runTests({
  patterns: files.length > 0 ? files : ['tests/e2e/*.e2e.ts'],
  options: ['--test-concurrency=1'],
})
