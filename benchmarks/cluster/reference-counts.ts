// The correct counts of a stream, and how close a contender came. An answer may be a file of lines `bucket count`, with
// a tab.
import { readFileSync, writeFileSync } from 'node:fs'
import { minuteOf } from '../../model/bucket.ts'
import type { Sent } from './event-stream.ts'

/** For one bucket: its distinct events, and all that were sent, copies included. */
type Expected = { distinct: number; all: number }

export type Truth = ReadonlyMap<string, Expected>

export type Verdict = {
  /** Buckets in the truth or in the answer. */
  readonly buckets: number
  readonly exact: number
  /** Buckets with all sent events, copies included: the best that a counter without de-duplication can do. */
  readonly withCopies: number
}

export function bucketName(videoId: string, type: string, minute: number): string {
  return `${videoId}|${type}|${minute}`
}

export function parseBucketName(name: string): { videoId: string; type: string; minute: number } {
  const [videoId, type, minute] = name.split('|')
  return { videoId: videoId!, type: type!, minute: Number(minute) }
}

export function truthOf(stream: Iterable<Sent>): Truth {
  const truth = new Map<string, Expected>()
  for (const { event, isCopy } of stream) {
    const name = bucketName(event.videoId, event.type, minuteOf(event.timeMs))
    let expected = truth.get(name)
    if (expected === undefined) {
      expected = { distinct: 0, all: 0 }
      truth.set(name, expected)
    }
    expected.all++
    if (!isCopy) expected.distinct++
  }
  return truth
}

export function writeAnswer(file: string, counts: Iterable<readonly [name: string, count: number]>): void {
  writeFileSync(file, Array.from(counts, ([name, count]) => `${name}\t${count}\n`).join(''))
}

export function readAnswer(file: string): Map<string, number> {
  return new Map(linesOf(file).map(([name, count]) => [name!, Number(count)]))
}

export function judge(truth: Truth, answer: ReadonlyMap<string, number>): Verdict {
  let exact = 0
  let withCopies = 0
  for (const [name, { distinct, all }] of truth) {
    const count = answer.get(name) ?? 0
    if (count === distinct) exact++
    if (count === all) withCopies++
  }
  const unknown = Array.from(answer.keys()).filter((name) => !truth.has(name)).length
  return { buckets: truth.size + unknown, exact, withCopies }
}

function linesOf(file: string): string[][] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t'))
}
