// Starts, watches and signals the process of a node.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfraFault } from '../fault.ts'
import {
  type ProcessRecord,
  readRecord,
  removeRecord,
  stateOf,
  statOf,
  writeRecord,
} from './process-record.ts'
import type { Command, Placement } from './program.ts'
import { PROGRAM_PATH } from './run-program.ts'

const POLL_MS = 50
const LOG_TAIL_BYTES = 16 << 10

const recordPath = (runDirectory: string) => join(runDirectory, 'process.json')
const logPath = (runDirectory: string) => join(runDirectory, 'log')

/** The record of a running process; null without one. */
export async function livingProcess(runDirectory: string): Promise<ProcessRecord | null> {
  const record = await readRecord(recordPath(runDirectory))
  return record !== null && (await stateOf(record)) !== null ? record : null
}

export function lastRecord(runDirectory: string): Promise<ProcessRecord | null> {
  return readRecord(recordPath(runDirectory))
}

/** Starts the process in a group of its own, so that it outlives us and its children take signals with it. */
export async function launch({ program, args }: Command, { node, runDirectory }: Placement): Promise<void> {
  await mkdir(runDirectory, { recursive: true })
  await using log = await open(logPath(runDirectory), 'a')
  const env = { ...process.env, PATH: PROGRAM_PATH }
  const child = spawn(program, args, {
    cwd: runDirectory,
    env,
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  await once(child, 'spawn')
  child.unref()
  const stat = await statOf(child.pid!)
  if (stat === null) throw new InfraFault('did_not_start', await ending(node.name, runDirectory))
  await writeRecord(recordPath(runDirectory), {
    pid: child.pid!,
    startTicks: stat.startTicks,
    size: node.size,
  })
}

/** Fails with `did_not_start`, and with the end of the log, when the process has ended. */
export async function assertLives({ node, runDirectory }: Placement): Promise<void> {
  if ((await livingProcess(runDirectory)) !== null) return
  throw new InfraFault('did_not_start', await ending(node.name, runDirectory))
}

/** Sends a signal to the process and its children. */
export function signalGroup({ pid }: ProcessRecord, signal: NodeJS.Signals): void {
  process.kill(-pid, signal)
}

/** Ends it by SIGTERM, or by force after `timeoutMs`. A paused process cannot react, so it is resumed first. */
export async function stopProcess(runDirectory: string, timeoutMs: number): Promise<void> {
  const record = await livingProcess(runDirectory)
  if (record !== null) {
    signalGroup(record, 'SIGTERM')
    signalGroup(record, 'SIGCONT')
    if (!(await gone(record, timeoutMs))) await killProcess(record)
  }
  await removeRecord(recordPath(runDirectory))
}

export async function killProcess(record: ProcessRecord): Promise<void> {
  signalGroup(record, 'SIGKILL')
  await gone(record, Number.POSITIVE_INFINITY)
}

async function gone(record: ProcessRecord, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs
  while ((await stateOf(record)) !== null) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return true
}

/** The last lines of the log; empty without one. */
export async function logTail(runDirectory: string): Promise<string> {
  try {
    await using file = await open(logPath(runDirectory))
    const { size } = await file.stat()
    const start = Math.max(0, size - LOG_TAIL_BYTES)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - start), 0, size - start, start)
    return buffer.toString('utf8', 0, bytesRead)
  } catch {
    return ''
  }
}

async function ending(name: string, runDirectory: string): Promise<string> {
  const lines = (await logTail(runDirectory)).trimEnd().split('\n').slice(-20).join('\n  ')
  return `${name} ended before it was ready. See ${logPath(runDirectory)}:\n  ${lines}`
}
