// Queries every (video, type, minute) that was sent and compares it with the truth; an event with its own video is
// named if it is lost or doubled.
import type { Client } from '../../sdk/src/index.ts'
import type { Minutes, Truth } from './acknowledged-counts.ts'
import { NAMED_PREFIX, NAMED_TYPE, TYPES } from './traffic.ts'

export type Findings = {
  /** (video, type, minute) and function pairs that were compared. */
  compared: number
  lost: number
  doubled: number
  /** The differences, one line each. */
  readonly differences: string[]
}

const CONCURRENCY = 16

type Question = { readonly videoId: string; readonly type: string; readonly fn: 'count' | 'sum' }

/** Fails with a TallyError. */
export async function check(client: Client, truth: Truth, signal: AbortSignal): Promise<Findings> {
  const findings: Findings = { compared: 0, lost: 0, doubled: 0, differences: [] }
  const questions = questionsOf(truth)
  const worker = async () => {
    for (const question of questions) {
      const found = await seriesOf(client, question, truth.range, signal)
      compare(findings, question, truth.minutes(question.videoId, question.type), found)
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return findings
}

function* questionsOf(truth: Truth): Generator<Question, void> {
  for (const videoId of truth.videoIds) {
    if (videoId.startsWith(NAMED_PREFIX)) yield { videoId, type: NAMED_TYPE, fn: 'count' }
    else {
      for (const type of TYPES) {
        yield { videoId, type, fn: 'count' }
        yield { videoId, type, fn: 'sum' }
      }
    }
  }
}

/** By minute, epoch milliseconds. */
async function seriesOf(
  client: Client,
  { videoId, type, fn }: Question,
  { fromMs, toMs }: Truth['range'],
  signal: AbortSignal,
): Promise<Map<number, number>> {
  const options = { granularity: 'PT1M', signal } as const
  const { series } = await client.getStats(videoId, type, fn, fromMs, toMs, options)
  return new Map(series!.map(({ time, value }) => [Date.parse(time), value ?? 0]))
}

/** All minutes that either of them has. */
export function compare(
  findings: Findings,
  { videoId, type, fn }: Question,
  expected: Minutes,
  found: ReadonlyMap<number, number>,
): void {
  for (const minuteMs of new Set([...expected.keys(), ...found.keys()])) {
    const { count, thousandths } = expected.get(minuteMs) ?? { count: 0, thousandths: 0 }
    const wanted = fn === 'count' ? count : thousandths / 1_000
    const value = found.get(minuteMs) ?? 0
    findings.compared++
    if (value === wanted) continue
    if (fn === 'count') findings[value < wanted ? 'lost' : 'doubled'] += Math.abs(value - wanted)
    const minute = new Date(minuteMs).toISOString()
    findings.differences.push(`${fn} of ${videoId} ${type} ${minute}: ${value}, not ${wanted}`)
  }
}
