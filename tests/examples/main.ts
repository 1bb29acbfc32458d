// npm run test:examples: runs the examples in other languages as a stranger would, against a server of its own, and
// compares the counts. What the machine lacks (Go) is skipped with the reason. Exit 1 if any example does not hold.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { commandLine } from '../../lib/command-line.ts'
import { root } from '../source-file.ts'

const { operands: files } = commandLine({
  usage: 'npm run test:examples [-- FILE…]',
  takesOperands: true,
})
const patterns = files.length > 0 ? files : ['tests/examples/*.example-test.ts']
const args = ['--test', '--test-reporter=spec', '--test-concurrency=2', ...patterns]
const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1
