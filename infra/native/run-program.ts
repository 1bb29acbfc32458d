// Runs a program to its end.
import { spawn } from 'node:child_process'
import { addAbortListener, once } from 'node:events'
import { InfraFault } from '../fault.ts'

const OUTPUT_CHARACTERS_MAX = 1 << 20

/** Debian installs servers in sbin, which only root has on its PATH. */
export const PROGRAM_PATH = `${process.env.PATH}:/usr/sbin`

export type RunOptions = {
  readonly cwd?: string
  readonly environment?: Readonly<Record<string, string>>
  /** The advice if the machine lacks the program. */
  readonly hint?: string
  /** Ends the program, and the call fails with its reason. */
  readonly signal?: AbortSignal
}

/** The program's output. Fails with `missing_tool`, or with `command_failed` on an exit other than 0. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, PATH: PROGRAM_PATH, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  using _ = options.signal && addAbortListener(options.signal, () => child.kill())
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] = (output[name] + text).slice(-OUTPUT_CHARACTERS_MAX)
    })
  }
  const [code] = await once(child, 'close').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new InfraFault('missing_tool', `${program} is not installed. ${options.hint ?? ''}`.trim(), {
      cause,
    })
  })
  options.signal?.throwIfAborted()
  if (code === 0) return output.stdout
  const said = `${output.stdout}${output.stderr}`.trim()
  throw new InfraFault(
    'command_failed',
    `This failed (exit ${code}): ${[program, ...args].join(' ')}\n${said}`,
  )
}

/** Whether the program exists and exits with 0. */
export function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return runProgram(program, args).then(
    () => true,
    () => false,
  )
}
