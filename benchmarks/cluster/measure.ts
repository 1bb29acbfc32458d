// Runs one contender and measures it from outside, between its marks.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { environmentOf, type Mark, type MarkName, type RunSettings } from './contenders/run.ts'
import type { Contender } from './contenders.ts'
import { cpuSeconds, peakRssMib, resetPeakRss } from './process-usage.ts'
import type { Verdict } from './reference-counts.ts'

export type Measured = {
  readonly name: string
  readonly events: number
  /** From before it connects until the last event's effect is durable. */
  readonly wallSeconds: number
  /** The part of it before the first event. */
  readonly joinSeconds: number
  /** CPU time from the first event on. */
  readonly cpu: CpuSeconds
  /** CPU time until then: of the counter from its launch, of the servers from when it is about to connect. */
  readonly startCpu: CpuSeconds
  readonly peakRssMib: number
  /** When what it has counted becomes durable. */
  readonly commits: string
  /** Null if it does not count. */
  readonly verdict: Verdict | null
}

export type CpuSeconds = { readonly counter: number; readonly broker: number; readonly store: number }

export type Surroundings = {
  readonly command: string
  readonly args: readonly string[]
  /** Null if it runs in a container; then its use is reported as 0. */
  readonly brokerPid: number | null
  readonly storePid: number | null
  readonly stateDirectory: string
  readonly profileDirectory: string | null
}

type Sample = { readonly ms: number; readonly cpu: CpuSeconds; readonly rss: number }

/** Fails if the contender does, or if it has not printed all its marks. `judge` is called when it has ended. */
export async function measure(
  { name, hasAnswer, commits }: Contender,
  run: RunSettings,
  around: Surroundings,
  judge: () => Promise<Verdict>,
): Promise<Measured> {
  await rm(run.answerFile, { force: true })
  if (around.storePid !== null) resetPeakRss(around.storePid)
  const samples = await sampled(name, run, around)
  const [start, first, done] = (['start', 'first', 'done'] as const).map((mark) => samples.get(mark))
  if (!start || !first || !done) throw new Error(`${name} printed only ${Array.from(samples.keys())}`)
  const servers = between(start.cpu, first.cpu)
  return {
    name,
    events: run.events,
    wallSeconds: (done.ms - start.ms) / 1_000,
    joinSeconds: (first.ms - start.ms) / 1_000,
    cpu: between(first.cpu, done.cpu),
    startCpu: { ...servers, counter: first.cpu.counter },
    peakRssMib: done.rss,
    commits: commits === 'interval' ? `${run.intervalMs} ms` : `a ${commits}`,
    verdict: hasAnswer ? await judge() : null,
  }
}

async function sampled(
  name: string,
  run: RunSettings,
  { command, args, brokerPid, storePid, stateDirectory, profileDirectory }: Surroundings,
): Promise<Map<MarkName, Sample>> {
  const profile =
    profileDirectory === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDirectory}` }
  const env = { ...process.env, ...environmentOf(run), ...profile, STATE_DIRECTORY: stateDirectory }
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const samples = new Map<MarkName, Sample>()
  for await (const line of createInterface({ input: child.stdout })) {
    const { mark, ms } = JSON.parse(line) as Mark
    if (samples.has(mark)) continue
    const cpu = {
      counter: cpuSeconds(child.pid!),
      broker: brokerPid === null ? 0 : cpuSeconds(brokerPid),
      store: storePid === null ? 0 : cpuSeconds(storePid),
    }
    samples.set(mark, { ms, cpu, rss: peakRssMib(child.pid!) })
  }
  const [code, signal] = await ended
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}`)
  return samples
}

function between(from: CpuSeconds, to: CpuSeconds): CpuSeconds {
  return {
    counter: to.counter - from.counter,
    broker: to.broker - from.broker,
    store: to.store - from.store,
  }
}

export function allOf({ counter, broker, store }: CpuSeconds): number {
  return counter + broker + store
}
