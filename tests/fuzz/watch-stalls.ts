// Loaded into the server under test: keeps in STALL_FILE the longest CPU time between two turns of its event loop since
// the last SIGUSR2, ms. It is the thread's own CPU time, so that a busy machine adds nothing.
import { renameSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const INTERVAL_MS = 2
const STALL_FILE = process.env.STALL_FILE!

if (isMainThread) {
  let longestMs = Number.POSITIVE_INFINITY
  let lastMs = cpuMs()
  process.on('SIGUSR2', () => {
    longestMs = 0
    lastMs = cpuMs()
  })
  setInterval(() => {
    const nowMs = cpuMs()
    const tookMs = nowMs - lastMs
    lastMs = nowMs
    if (tookMs <= longestMs) return
    longestMs = tookMs
    writeFileSync(`${STALL_FILE}.part`, longestMs.toFixed(1))
    renameSync(`${STALL_FILE}.part`, STALL_FILE)
    lastMs = cpuMs()
  }, INTERVAL_MS).unref()
}

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
