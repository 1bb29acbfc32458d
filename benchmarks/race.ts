// Runs several implementations of the same work in turns, so that other load on the machine affects all of them, and
// takes the median of each. It checks answers, never times.

export type Contender<Answer> = {
  readonly name: string
  /** `checked`: whether the answer will be checked; otherwise it may be incomplete. */
  readonly run: (checked: boolean) => Answer
}

export type AsyncContender<Answer> = { readonly name: string; readonly run: () => Promise<Answer> }

export type Standing = {
  readonly name: string
  readonly seconds: number
}

export type RaceOptions<Answer> = {
  readonly rounds: number
  /** Throws if the answer is wrong. */
  readonly check: (answer: Answer, name: string) => void
}

/** The median time of each contender, after one round that is checked and not measured. */
export function race<Answer>(
  contenders: readonly Contender<Answer>[],
  { rounds, check }: RaceOptions<Answer>,
): Standing[] {
  const times = contenders.map((): number[] => [])
  for (const { name, run } of contenders) check(run(true), name)
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      globalThis.gc?.()
      const startedMs = performance.now()
      run(false)
      times[i]!.push((performance.now() - startedMs) / 1_000)
    }
  }
  return contenders.map(({ name }, i) => ({ name, seconds: median(times[i]!) }))
}

/** The same for asynchronous work, such as contenders in other processes. */
export async function raceAsync<Answer>(
  contenders: readonly AsyncContender<Answer>[],
  rounds: number,
  check: (answer: Answer, name: string) => Promise<void>,
): Promise<Standing[]> {
  const times = contenders.map((): number[] => [])
  for (const { name, run } of contenders) await check(await run(), name)
  for (let round = 0; round < rounds; round++) {
    for (const [i, { run }] of contenders.entries()) {
      globalThis.gc?.()
      const startedMs = performance.now()
      await run()
      times[i]!.push((performance.now() - startedMs) / 1_000)
    }
  }
  return contenders.map(({ name }, i) => ({ name, seconds: median(times[i]!) }))
}

export function median(numbers: readonly number[]): number {
  return quantile(numbers, 0.5)
}

/** The number below which the share `q` of the numbers lies. */
export function quantile(numbers: readonly number[], q: number): number {
  const sorted = Float64Array.from(numbers).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))]!
}
