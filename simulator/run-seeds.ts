// Spreads seeds over processes and gathers their reports.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { WorldReport } from './run-world.ts'

export type SeedReport = Omit<WorldReport, 'violation'> & { readonly violation: string | null }

export type SeedRun = {
  readonly from: number
  readonly to: number
  readonly jobs: number
  readonly mutant?: string
  readonly onReport?: (report: SeedReport) => void
}

const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))
const MUTATE = new URL('./mutate.ts', import.meta.url).href

/** Runs every seed; a mutant's run ends at its first violation. Rejects when a worker dies. */
export async function runSeeds({ from, to, jobs, mutant, onReport }: SeedRun): Promise<SeedReport[]> {
  const reports: SeedReport[] = []
  const workers = Array.from({ length: jobs }, (_, job) => {
    const args = [from + job, to, jobs, mutant === undefined ? 0 : 1].map(String)
    const options =
      mutant === undefined ? {} : { execArgv: ['--import', MUTATE], env: { ...process.env, MUTANT: mutant } }
    const child = fork(WORKER, args, options)
    child.on('message', (report: SeedReport) => {
      reports.push(report)
      onReport?.(report)
    })
    return new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code, signal) => {
        if (code === 0) resolve()
        else reject(new Error(`a simulator process ended with ${signal ?? `code ${code}`}`))
      })
    })
  })
  await Promise.all(workers)
  return reports.sort((a, b) => a.seed - b.seed)
}
