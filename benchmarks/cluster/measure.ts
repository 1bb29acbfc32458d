// Runs one contender and measures it from outside, between its marks.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { environmentOf, type Mark, type MarkName, type RunSettings } from './contenders/run.ts'
import type { Contender } from './contenders.ts'
import { cpuSeconds, peakRssMib, resetPeakRss } from './process-usage.ts'
import { judge, readAnswer, readTruth, type Verdict } from './reference-counts.ts'

export type Measured = {
  readonly name: string
  readonly events: number
  /** From before it connects until the last event's effect is durable. */
  readonly wallSeconds: number
  /** The part of it before the first event. */
  readonly joinSeconds: number
  readonly cpuSeconds: number
  readonly brokerCpuSeconds: number
  readonly storeCpuSeconds: number
  readonly peakRssMib: number
  /** Null if it does not count. */
  readonly verdict: Verdict | null
}

export type Surroundings = {
  /** Null if it runs in a container; then its use is reported as 0. */
  readonly brokerPid: number | null
  readonly storePid: number | null
  readonly stateDirectory: string
  readonly profileDirectory: string | null
}

type Sample = {
  readonly ms: number
  readonly cpu: number
  readonly broker: number
  readonly store: number
  readonly rss: number
}

/** Fails if the contender does, or if it has not printed all its marks. */
export async function measure(
  contender: Contender,
  run: RunSettings,
  around: Surroundings,
): Promise<Measured> {
  await rm(run.answerFile, { force: true })
  if (around.storePid !== null) resetPeakRss(around.storePid)
  const samples = await sampled(contender, run, around)
  const [start, first, done] = (['start', 'first', 'done'] as const).map((name) => samples.get(name))
  if (!start || !first || !done)
    throw new Error(`${contender.name} printed only ${Array.from(samples.keys())}`)
  return {
    name: contender.name,
    events: run.events,
    wallSeconds: (done.ms - start.ms) / 1_000,
    joinSeconds: (first.ms - start.ms) / 1_000,
    cpuSeconds: done.cpu - start.cpu,
    brokerCpuSeconds: done.broker - start.broker,
    storeCpuSeconds: done.store - start.store,
    peakRssMib: done.rss,
    verdict: contender.hasAnswer ? judge(readTruth(run.truthFile), readAnswer(run.answerFile)) : null,
  }
}

async function sampled(
  { name, program, args }: Contender,
  run: RunSettings,
  { brokerPid, storePid, stateDirectory, profileDirectory }: Surroundings,
): Promise<Map<MarkName, Sample>> {
  const profile =
    profileDirectory === null ? {} : { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${profileDirectory}` }
  const env = { ...process.env, ...environmentOf(run), ...profile, STATE_DIRECTORY: stateDirectory }
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const samples = new Map<MarkName, Sample>()
  for await (const line of createInterface({ input: child.stdout })) {
    const { mark, ms } = JSON.parse(line) as Mark
    if (samples.has(mark)) continue
    samples.set(mark, {
      ms,
      cpu: cpuSeconds(child.pid!),
      broker: brokerPid === null ? 0 : cpuSeconds(brokerPid),
      store: storePid === null ? 0 : cpuSeconds(storePid),
      rss: peakRssMib(child.pid!),
    })
  }
  const [code, signal] = await ended
  if (code !== 0) throw new Error(`${name} ended with ${code ?? signal}`)
  return samples
}
