// Which process runs a node, kept in a file. A process id alone proves nothing, since ids are used again:
// the record also holds when the process started, in clock ticks since the machine booted (proc(5), field 22).
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export type ProcessRecord = {
  readonly pid: number
  readonly startTicks: number
  /** The size of the cluster that the node belongs to. */
  readonly size: number
}

export type ProcessStat = { readonly state: string; readonly startTicks: number }

/** Reads a line of /proc/PID/stat. The program's name, in parentheses, may itself hold spaces and parentheses. */
export function parseStat(line: string): ProcessStat {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0]!, startTicks: Number(fields[19]) }
}

/** Null if there is no such process, or only a zombie. */
export async function statOf(pid: number): Promise<ProcessStat | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null)
  const stat = line === null ? null : parseStat(line)
  return stat === null || stat.state === 'Z' || stat.state === 'X' ? null : stat
}

/** The state letter of the recorded process; null if it is gone, even if its id was reused. */
export async function stateOf(record: ProcessRecord): Promise<string | null> {
  const stat = await statOf(record.pid)
  return stat !== null && stat.startTicks === record.startTicks ? stat.state : null
}

/** Null when there is no record, or none that can be read. */
export async function readRecord(path: string): Promise<ProcessRecord | null> {
  try {
    const { pid, startTicks, size } = JSON.parse(await readFile(path, 'utf8'))
    return [pid, startTicks, size].every(Number.isSafeInteger) ? { pid, startTicks, size } : null
  } catch {
    return null
  }
}

export async function writeRecord(path: string, record: ProcessRecord): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(record)}\n`)
}

export function removeRecord(path: string): Promise<void> {
  return rm(path, { force: true })
}
