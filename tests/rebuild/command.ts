// npm run rebuild as a process of its own, which can be killed when it says something.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from '../source-file.ts'

export type End = {
  /** Null: it was killed. */
  readonly code: number | null
  readonly said: string
}

/** @param killAt killed with SIGKILL once it has said this; null: it runs to its end */
export async function rebuild(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  killAt: RegExp | null,
  signal: AbortSignal,
): Promise<End> {
  const child = spawn(process.execPath, [join(root, 'tools/rebuild/main.ts'), '--cluster', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (killAt?.test(said)) child.kill('SIGKILL')
    })
  }
  const [code] = await once(child, 'close')
  return { code, said }
}
