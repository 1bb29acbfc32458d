// A command of operators as a process of its own, which can be killed when it says something, or something is there.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from '../source-file.ts'

export type End = {
  /** Null: it was killed. */
  readonly code: number | null
  readonly said: string
}

export type Tool = 'backup' | 'rebuild' | 'restore'

/** @param killAt killed with SIGKILL once it has said this; null: it runs to its end */
export function rebuild(
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  killAt: RegExp | null,
  signal: AbortSignal,
): Promise<End> {
  return run('rebuild', environment, args, signal, (said, kill) => {
    if (killAt?.test(said)) kill()
  })
}

/** With `--cluster`. @param onSaid called with all that it has said so far, whenever that is more */
export async function run(
  tool: Tool,
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  signal: AbortSignal,
  onSaid: (said: string, kill: () => void) => void = () => {},
): Promise<End> {
  return begin(tool, environment, args, signal, onSaid).ended
}

export function begin(
  tool: Tool,
  environment: Readonly<Record<string, string>>,
  args: readonly string[],
  signal: AbortSignal,
  onSaid: (said: string, kill: () => void) => void = () => {},
): { readonly ended: Promise<End>; readonly kill: () => void } {
  const child = spawn(process.execPath, [join(root, `tools/${tool}/main.ts`), '--cluster', ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  const kill = () => void child.kill('SIGKILL')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      onSaid(said, kill)
    })
  }
  return { ended: once(child, 'close').then(([code]) => ({ code, said })), kill }
}
