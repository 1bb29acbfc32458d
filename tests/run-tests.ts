// Runs test files by Node's own runner, as `npm test`, `npm run e2e` and `npm run test:integration` do.
import { spawn } from 'node:child_process'
import { addAbortListener, once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Where more files fail, it is no accident, and they are not run again. */
const FILES_AGAIN_MAX = 3

export type TestRun = {
  /** Paths or globs, relative to the root of the repository. */
  readonly patterns: readonly string[]
  /** Further options of Node. */
  readonly options: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** For hangs outside of tests. Milliseconds. */
  readonly timeoutMs?: number
  /** Ends the tests. */
  readonly signal?: AbortSignal
}

/**
 * The exit code. With RUN_FAILED_AGAIN=1, as in CI, files that failed run once more, one after another: a busy machine
 * is told apart from a fault, and what passed only then is named in the last lines.
 */
export async function runTests(run: TestRun): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'tally-tests-'))
  try {
    const list = join(directory, 'failed')
    const code = await runOnce(run, list)
    const failed = existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n').filter(Boolean) : []
    const isAgain =
      process.env.RUN_FAILED_AGAIN === '1' && failed.length > 0 && failed.length <= FILES_AGAIN_MAX
    if (code === 0 || !isAgain || run.signal?.aborted) return code
    const files = failed.map((file) => relative(ROOT, file))
    console.log(`\n=== failed, and run again by themselves: ${files.join(', ')}`)
    const again = await runOnce(
      { ...run, patterns: files, options: [...run.options, '--test-concurrency=1'] },
      list,
    )
    if (again === 0) console.log(`passed only when run again: ${files.join(', ')}`)
    return again
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function runOnce(
  { patterns, options, env, timeoutMs, signal }: TestRun,
  failed: string,
): Promise<number> {
  const reporters = [
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[`--test-reporter=${join(ROOT, 'tests/failed-files.ts')}`, `--test-reporter-destination=${failed}`],
  ]
  const args = [
    ...['--import', join(ROOT, 'testing/one-seed.ts')],
    '--test',
    ...reporters,
    ...options,
    ...patterns,
  ]
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: 'inherit',
    timeout: timeoutMs,
  })
  using _ = signal && addAbortListener(signal, () => child.kill())
  const [code] = await once(child, 'exit')
  return code ?? 1
}
