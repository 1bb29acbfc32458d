// How often videos are named at the front door, over all processes that stand there. Best effort: nothing is stored
// durably, and no count depends on it.

/** Events a second, in all and by video; videos are named as in `splits` of a layout. */
export type Rates = { readonly total: number; readonly videos: ReadonlyMap<string, number> }

export interface SharedRates {
  /** Tells the others the rates of this process, and returns those of all together. Never rejects. */
  share(own: Rates): Promise<Rates>
}

/** For a process that stands there alone. */
export const OWN_RATES: SharedRates = { share: async (own) => own }

/** Of each process, the hottest: any other has less than 0.4 % of the events of that process. */
export const VIDEOS_SHARED_MAX = 256
/** Older rates are not counted: their process has ended, or is cut off. */
export const FRESH_MS = 30_000

/** Of equal ones in the order of their names, so that all processes decide alike. */
export function hottestFirst(videos: Rates['videos']): [string, number][] {
  return Array.from(videos).sort(([a, aRate], [b, bRate]) => bRate - aRate || (a < b ? -1 : 1))
}

/** The rates of a process as text. */
export function ratesText({ total, videos }: Rates, nowMs: number): string {
  return JSON.stringify({ atMs: nowMs, total, videos: hottestFirst(videos).slice(0, VIDEOS_SHARED_MAX) })
}

type Told = { readonly atMs: number; readonly rates: Rates }

/** What such a text says; null if it is none. */
export function parseRates(text: string): Told | null {
  try {
    const { atMs, total, videos } = JSON.parse(text)
    const rates = { total, videos: new Map<string, number>(videos) }
    const numbers = [atMs, total, ...rates.videos.values()]
    return numbers.every(Number.isFinite) ? { atMs, rates } : null
  } catch {
    return null
  }
}

export function sumOf(all: readonly Rates[]): Rates {
  const videos = new Map<string, number>()
  for (const rates of all)
    for (const [video, rate] of rates.videos) videos.set(video, (videos.get(video) ?? 0) + rate)
  return { total: all.reduce((sum, { total }) => sum + total, 0), videos }
}
