// Runs spark-submit to its end, within a time. Whatever becomes of it, no process of it is left.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Environment } from '../../../lib/settings-reader.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import { SparkFault } from './spark-fault.ts'

export type Submission = {
  /** The directory of Spark. */
  readonly home: string
  readonly args: readonly string[]
  readonly environment: Environment
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What Spark, Java, Hadoop and S3 take from the environment: nothing else is passed on, because it may be secret. */
const PASSED_ON =
  /^(PATH|HOME|USER|TZ|LANG|LC_\w+|LD_LIBRARY_PATH|(SPARK|PYSPARK|JAVA|HADOOP|YARN|AWS|KUBERNETES)_\w+)$/
const OUTPUT_CHARS_MAX = 64 << 10
/** Within which it gives back what it has on a cluster; then it is killed. */
const STOP_MS = 5 * SECOND_MS

/** Lines that say what went wrong; stack traces do not. */
const TELLING =
  /error|exception|caused by|fault|cannot|not found|no such|denied|not set|failed|killed|not accepted/i
const STACK = /^\s+at |^\s+\.\.\. \d+ more/
const LINES_TOLD_MAX = 5
const LINE_CHARS_MAX = 400

/**
 * What it printed. Fails with `spark_missing` if it cannot be started, `spark_too_slow` and `spark_failed`; with the
 * signal's reason when aborted.
 */
export async function sparkSubmit(submission: Submission): Promise<string> {
  const { home, args, environment, timeoutMs, signal } = submission
  signal.throwIfAborted()
  const program = join(home, 'bin', 'spark-submit')
  const child = spawn(program, args, {
    env: { ...passedOn(environment), SPARK_HOME: home },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true, // a group of its own, which is ended as one
  })
  const output = outputOf(child)
  const ending = new Ending(child)
  let saidInTime = ''
  const timer = setTimeout(() => {
    saidInTime = output.text // what it says when it is ended tells nothing
    ending.begin('time')
  }, timeoutMs)
  const onAbort = () => ending.begin('abort')
  signal.addEventListener('abort', onAbort)
  try {
    const [code, endedBy] = await once(child, 'close').catch((cause: NodeJS.ErrnoException) => {
      throw new SparkFault('spark_missing', `SPARK_HOME is no Spark: ${program}: ${cause.code}`, { cause })
    })
    signal.throwIfAborted()
    if (ending.why === 'time')
      throw new SparkFault(
        'spark_too_slow',
        `Spark took longer than ${timeoutMs / SECOND_MS} s: ${wordsOf(saidInTime)}`,
      )
    if (code === 0) return output.text
    throw new SparkFault(
      'spark_failed',
      `Spark failed (${endedBy ?? `exit ${code}`}): ${wordsOf(output.text)}`,
    )
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    ending.kill()
  }
}

/** The end of a group of processes: asked first, then killed. */
class Ending {
  readonly #child: ChildProcess
  #why: 'time' | 'abort' | null = null
  #timer: NodeJS.Timeout | null = null

  constructor(child: ChildProcess) {
    this.#child = child
  }

  get why(): 'time' | 'abort' | null {
    return this.#why
  }

  begin(why: 'time' | 'abort'): void {
    if (this.#why !== null) return
    this.#why = why
    this.#signal('SIGTERM')
    this.#timer = setTimeout(() => this.#signal('SIGKILL'), STOP_MS)
  }

  /** Also what outlived the first process of the group. */
  kill(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#signal('SIGKILL')
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child
    if (pid === undefined) return // it never started
    try {
      process.kill(-pid, signal)
    } catch {
      // All of the group have ended.
    }
  }
}

export function passedOn(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => PASSED_ON.test(name)))
}

function outputOf(child: ChildProcess): { readonly text: string } {
  const output = { text: '' }
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output.text = (output.text + text).slice(-OUTPUT_CHARS_MAX)
    })
  }
  return output
}

/** The last lines that tell something, on one line. */
export function wordsOf(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !STACK.test(line))
  const telling = lines.filter((line) => TELLING.test(line))
  const told = Array.from(new Set(telling.length > 0 ? telling : lines)).slice(-LINES_TOLD_MAX)
  return told.map((line) => line.trim().slice(0, LINE_CHARS_MAX)).join(' | ') || 'it said nothing'
}
