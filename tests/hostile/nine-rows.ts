// The nine rows, side by side: each client in each row, in a process of its own.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Row as Line } from '../../benchmarks/report.ts'
import { OURS, PEERS } from './contenders.ts'
import type { Fates } from './row-process.ts'
import { ROWS } from './rows.ts'

const PROCESS = fileURLToPath(new URL('./row-process.ts', import.meta.url))

export type Verdict = { readonly lines: Line[]; readonly faults: string[] }

/** One row of a contender is one process; a contender's rows run at once, since most of them wait. */
export async function nineRows(withPeers: boolean): Promise<Verdict> {
  const contenders = [...Object.keys(OURS), ...(withPeers ? Object.keys(PEERS) : [])]
  const lines: Record<string, string>[] = ROWS.map(({ name }) => ({ '100 events each': name }))
  const faults: string[] = []
  for (const contender of contenders) {
    console.log(`${contender} …`)
    const all = await Promise.all(ROWS.map(({ name }) => fatesOf(contender, name)))
    for (const [at, fates] of all.entries()) {
      lines[at]![contender] = shown(fates)
      const isOurs = contender in OURS
      if (isOurs && fates.lost > 0) faults.push(`${contender}, ${ROWS[at]!.name}: ${shown(fates)}`)
    }
  }
  return { lines, faults }
}

async function fatesOf(contender: string, row: string): Promise<Fates> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROCESS, contender, row])
  return JSON.parse(stdout.trim().split('\n').at(-1)!)
}

function shown({ stored, told, lost, isOpen }: Fates): string {
  const parts = [stored && `${stored} stored`, told && `${told} told`, lost && `${lost} LOST`]
  return parts.filter(Boolean).join(', ') + (isOpen ? ' (still open)' : '')
}
