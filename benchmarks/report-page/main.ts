// npm run bench:report: writes docs/benchmarks.md, its plots, and the plans in docs/scaling.md.
import { writeFileSync } from 'node:fs'
import { commandLine } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { DOCS, documents } from './documents.ts'

commandLine({
  usage:
    'npm run bench:report   writes docs/benchmarks.md and the plans of docs/scaling.md from benchmarks/results',
})
try {
  for (const [name, text] of documents()) {
    writeFileSync(new URL(name, DOCS), text)
    console.log(`docs/${name}`)
  }
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(error.message)
  process.exitCode = 1
}
