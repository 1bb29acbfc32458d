// Runs one of the project's commands to its end.
import { spawn } from 'node:child_process'
import { addAbortListener, once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InfraFault } from '../fault.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Fails with an InfraFault `command_failed` that shows the end of its output. `signal` ends the command, and the call
 * fails with its reason.
 */
export async function runScript(
  script: string,
  environment: Readonly<Record<string, string>>,
  root = ROOT,
  signal?: AbortSignal,
): Promise<void> {
  const child = spawn(process.execPath, [join(root, script)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  using _ = signal && addAbortListener(signal, () => child.kill())
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    words += text
  })
  const [code] = await once(child, 'close')
  signal?.throwIfAborted()
  if (code !== 0) throw new InfraFault('command_failed', `${script} failed: ${words.trim()}`)
}
