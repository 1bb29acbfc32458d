// npm run e2e: the product in a real browser. Installs the browser where there is none; keeps screenshots in
// artifacts/e2e.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { installChromium } from '../../infra/native/chromium.ts'
import { commandLine } from '../../lib/command-line.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const { operands: files } = commandLine({ usage: 'npm run e2e [-- FILE…]', takesOperands: true })
await installChromium()
const patterns = files.length > 0 ? files : ['tests/e2e/*.e2e.ts']
const args = ['--test', '--test-reporter=spec', '--test-concurrency=1', ...patterns]
const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit' })
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1
