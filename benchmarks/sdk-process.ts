// Sends events through one client, in its own process, and prints what that cost: node sdk-process.ts URL SENDER EVENTS
import { SENDERS } from './sdk-senders.ts'

export type SendingCost = {
  readonly seconds: number
  readonly cpuSeconds: number
  /** The highest resident size that was seen, beyond what there was before. */
  readonly growthBytes: number
}

const SAMPLE_MS = 20

const [url = '', sender = '', events = ''] = process.argv.slice(2)
let peakBytes = 0
const sample = () => {
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
}
let cpuBefore = process.cpuUsage()
let startedMs = 0
let bytesBefore = 0

await SENDERS[sender]!(url, Number(events), () => {
  globalThis.gc?.()
  bytesBefore = process.memoryUsage.rss()
  setInterval(sample, SAMPLE_MS)
  cpuBefore = process.cpuUsage()
  startedMs = performance.now()
})
const { user, system } = process.cpuUsage(cpuBefore)
sample()
const cost: SendingCost = {
  seconds: (performance.now() - startedMs) / 1_000,
  cpuSeconds: (user + system) / 1e6,
  growthBytes: peakBytes - bytesBefore,
}
console.log(JSON.stringify(cost))
process.exit(0)
