// Writes sample.csv.gz: 20,000 made-up events of one day, the same ones each time. A few videos get most of them, by
// Zipf's law. Run it again only to change the sample: node tools/replay/make-sample.ts
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { DAY_MS } from '../../model/bucket.ts'
import { seededRandom } from './random.ts'

const ROWS = 20_000
const VIDEOS = 300
const VIEWERS = 2_000
const SEED = 20_261_121
const DAY_START_MS = Date.UTC(2026, 0, 15)
const TYPES = [
  ['view', 0.86],
  ['like', 0.09],
  ['share', 0.03],
  ['dislike', 0.02],
] as const

/** The text of the sample: a header and a row for each event, in order of time. */
export function sampleText(): string {
  const random = seededRandom(SEED)
  const videoOf = zipf(VIDEOS, random)
  const times = Array.from({ length: ROWS }, () => DAY_START_MS + Math.floor(random() * DAY_MS))
  const rows = times.sort((a, b) => a - b).map((timeMs) => row(timeMs, videoOf(), random))
  return `videoId,time,type,value,viewerId\n${rows.join('\n')}\n`
}

function row(timeMs: number, video: number, random: () => number): string {
  const type = pickType(random())
  const watchedSeconds = type === 'view' ? (random() ** 2 * 600).toFixed(1) : ''
  const viewer = Math.floor(random() * VIEWERS)
  const time = `${new Date(timeMs).toISOString().slice(0, 19)}Z`
  return `video-${video},${time},${type},${watchedSeconds},u${viewer}`
}

function pickType(chance: number): string {
  let left = chance
  for (const [type, share] of TYPES) {
    left -= share
    if (left < 0) return type
  }
  return TYPES[0][0]
}

/** Ranks from 1 to `size`, the k-th with a weight of 1/k. */
function zipf(size: number, random: () => number): () => number {
  const sums: number[] = []
  for (let rank = 1; rank <= size; rank++) sums.push((sums.at(-1) ?? 0) + 1 / rank)
  return () => {
    const point = random() * sums.at(-1)!
    return sums.findIndex((sum) => sum > point) + 1
  }
}

if (import.meta.main) {
  writeFileSync(
    fileURLToPath(new URL('sample.csv.gz', import.meta.url)),
    gzipSync(sampleText(), { level: 9 }),
  )
}
