// npm run test:package: packs the SDK, installs it in an empty folder, and has runtimes, bundlers, browsers and
// compilers use it as their users do: import, send to a server of its own, read back. What a platform lacks is
// skipped with the reason; on Linux x64, where CI runs, nothing may be.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { installChromium } from '../../infra/native/chromium.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { commandLine } from '../../lib/command-line.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { root } from '../source-file.ts'
import { packAndInstall } from './installed-sdk.ts'
import { installToolbox } from './toolbox.ts'

const { operands: files } = commandLine({
  usage: 'npm run test:package [-- FILE…]',
  takesOperands: true,
})
const toolbox = await installToolbox(readInfraSettings(process.env).programs)
await installChromium()
await using directory = await temporaryDirectory()
const environment = await packAndInstall(directory.path, toolbox)
const patterns = files.length > 0 ? files : ['tests/package/*.package-test.ts']
const child = spawn(
  process.execPath,
  ['--test', '--test-reporter=spec', '--test-concurrency=2', ...patterns],
  {
    cwd: root,
    env: { ...process.env, ...environment },
    stdio: 'inherit',
  },
)
const [code] = await once(child, 'exit')
process.exitCode = code ?? 1
