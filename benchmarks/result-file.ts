// Puts together what the notes of a benchmark's process say, with the machine and the state of the code.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { arch, availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { MIB } from '../lib/byte-units.ts'
import type { Machine, Results } from '../tools/capacity/results.ts'
import type { Note } from './notes.ts'

const ROOT = new URL('../', import.meta.url)

type Run = {
  readonly benchmark: string
  readonly args: readonly string[]
  readonly at: string
  /** The load of the minute before it began. */
  readonly loadBefore: number
}

/** To be called before and after. */
export function loadNow(): number {
  return Math.round(loadavg()[0]! * 10) / 10
}

/** Called when it has ended. */
export function resultsOf({ benchmark, args, at, loadBefore }: Run, notes: string): Results {
  const all = readFileSync(notes, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Note)
  return {
    benchmark,
    source: `npm run bench -- ${[benchmark, ...args].join(' ')}`,
    at,
    commit: commit(),
    machine: machine(loadBefore),
    tables: all.flatMap((one) => ('table' in one ? [one.table] : [])),
    figures: all.flatMap((one) => ('figure' in one ? [one.figure] : [])),
    ...Object.assign({}, ...all.map((one) => ('fields' in one ? one.fields : {}))),
  }
}

function machine(before: number): Machine {
  return {
    model: cpus()[0]?.model.trim() || arch(),
    cores: availableParallelism(),
    memoryMib: Math.round(totalmem() / MIB),
    node: process.versions.node,
    load: { before, after: loadNow() },
  }
}

/** With a plus where files differ from it; null where there is no repository. */
function commit(): string | null {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim()
  try {
    const isChanged =
      git('status', '--porcelain', '--untracked-files=no', '--', ':!benchmarks/results') !== ''
    return git('rev-parse', 'HEAD') + (isChanged ? '+' : '')
  } catch {
    return null
  }
}
