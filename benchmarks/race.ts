// Runs forms of the same work in turns, so that whatever else the machine does falls on all of them, and takes each
// one's median. It judges answers, never times.

export type Contender<Answer> = {
  readonly name: string
  readonly run: () => Answer | Promise<Answer>
}

export type Standing = {
  readonly name: string
  readonly seconds: number
}

export type RaceOptions<Answer> = {
  readonly rounds: number
  /** Throws where the answer is wrong. Not timed. */
  readonly check: (answer: Answer, name: string) => void
}

/** The median time of each contender, after one round that does not count. */
export async function race<Answer>(
  contenders: readonly Contender<Answer>[],
  { rounds, check }: RaceOptions<Answer>,
): Promise<Standing[]> {
  const times = contenders.map((): number[] => [])
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { name, run }] of contenders.entries()) {
      globalThis.gc?.()
      const startedMs = performance.now()
      const answer = await run()
      const seconds = (performance.now() - startedMs) / 1_000
      check(answer, name)
      if (round > 0) times[i]!.push(seconds)
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
