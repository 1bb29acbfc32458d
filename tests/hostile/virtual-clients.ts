// The client in virtual time: seeded runs against a hostile server, and the mutants that they must catch.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { CLIENT_MUTANTS } from './client-mutants.ts'
import type { WorkerReport } from './client-worker.ts'

const WORKER = fileURLToPath(new URL('./client-worker.ts', import.meta.url))
const MUTATE = new URL('./mutate-client.ts', import.meta.url).href
/** Of which some must catch each mutant. */
const MUTANT_SEEDS = 2_000
const VIOLATIONS_SHOWN = 10
/** Errors of a mutant that is broken code: it tests no rule. */
const NONSENSE = /(Reference|Type)Error: /

/** Prints what was found; true where nothing was. */
export async function runSeededClients(from: number, seeds: number): Promise<boolean> {
  const report = await runWorker(from, from + seeds, VIOLATIONS_SHOWN)
  for (const { seed, violation } of report.violations) console.log(`seed ${seed}: ${violation}`)
  console.log(
    `${report.seeds} seeds from ${from}: ${report.events} events, ${report.stored} stored, ` +
      `${report.requests} requests, ${report.failures} of them failed; ` +
      `${report.violations.length} violations; ${report.cpuSeconds.toFixed(0)} CPU-s`,
  )
  return report.violations.length === 0
}

/** Prints which seed caught which mutant; true where all are caught. */
export async function huntClientMutants(only: string | null = null): Promise<boolean> {
  let atLarge = 0
  for (const { name, law } of CLIENT_MUTANTS.filter((mutant) => only === null || mutant.name === only)) {
    const [caught] = (await runWorker(1, 1 + MUTANT_SEEDS, 1, name)).violations
    if (caught === undefined || NONSENSE.test(caught.violation)) atLarge++
    console.log(
      caught ? `caught   ${name} by seed ${caught.seed}: ${caught.violation}` : `AT LARGE ${name} (${law})`,
    )
  }
  return atLarge === 0
}

async function runWorker(
  from: number,
  to: number,
  violationsMax: number,
  mutant?: string,
): Promise<WorkerReport> {
  const options =
    mutant === undefined ? {} : { execArgv: ['--import', MUTATE], env: { ...process.env, MUTANT: mutant } }
  const child = fork(WORKER, [from, to, violationsMax].map(String), options)
  const exited = once(child, 'exit')
  let report: WorkerReport | undefined
  child.on('message', (message) => {
    report = message as WorkerReport
  })
  const [code] = await exited
  if (report === undefined) throw new Error(`the process of the seeds ended with code ${code}`)
  return report
}
