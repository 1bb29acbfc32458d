// Runs a script of inputs through `step` and writes the outcome under each line. A line is a verb and its arguments;
// lines that start with two spaces are the trace, `#` starts a comment.
//
//   settings horizonMs=60000 hints=true      a new state
//   records 0 12:00:05 EVENT… | 1 …          one step with one or more records: offset, log time, events
//   rebuild 0 12:00:05 EVENT… | 1 …          the same, for the index alone
//   offer 9 0 5 12:00:05 EVENT…              a hint block [0, 5) to one who takes over at checkpoint 9
//   takeover 9 12:00:05
//   hydrated none 3@7                        rows as the store gave them: absent; count 3 up to offset 7
//   seal  |  stored 1  |  state

import { MINUTE_MS } from '../model/bucket.ts'
import { FINGERPRINT_WORDS } from '../model/fingerprint-set.ts'
import { EMPTY } from '../model/total.ts'
import type { Effect, Input } from '../services/processing/core/protocol.ts'
import { hintJoins } from '../services/processing/core/rebuild.ts'
import { type CoreSettings, newState, type SourceState } from '../services/processing/core/source-state.ts'
import { step } from '../services/processing/core/step.ts'
import {
  type Checkpoint,
  type CountRow,
  EMPTY_LEDGER,
  type Ledger,
  NO_PROBES,
} from '../stores/counts/counts.ts'
import type { HintBlock } from '../stores/hints/hints.ts'
import { bytesOf, decoded, NAME_KEY, recordOf, SETTINGS, schemas, timeOf, timeText } from './event-fixture.ts'

/** The script with its current trace. */
export function runScenario(script: string): string {
  let state = newState(SETTINGS, NAME_KEY.id)
  const lines: string[] = []
  for (const line of script.trimEnd().split('\n')) {
    if (line.startsWith('  ')) continue
    lines.push(line)
    if (line === '' || line.startsWith('#')) continue
    const [verb, ...words] = line.split(' ') as [string, ...string[]]
    if (verb === 'settings') state = newState(settingsOf(words), NAME_KEY.id)
    else lines.push(...trace(state, verb, words).map((text) => `  ${text}`))
  }
  return `${lines.join('\n')}\n`
}

function trace(state: SourceState, verb: string, words: readonly string[]): string[] {
  if (verb === 'state') return stateText(state)
  if (verb === 'offer') {
    const block = hintOf(words.slice(1))
    if (!hintJoins(state, checkpointOf(words), block)) return ['refused']
    return ['taken', ...effectsOf(state, { kind: 'hint', block })]
  }
  return effectsOf(state, inputOf(verb, words))
}

function effectsOf(state: SourceState, input: Input): string[] {
  try {
    return step(state, input).flatMap(effectText)
  } catch (error) {
    return [`error: ${(error as Error).message}`]
  }
}

function inputOf(verb: string, words: readonly string[]): Input {
  switch (verb) {
    case 'records':
    case 'rebuild': {
      const lots = words.join(' ').split(' | ')
      const records = decoded(
        lots.map((lot) => {
          const [offset, logTime, ...events] = lot.split(' ') as [string, string, ...string[]]
          return recordOf(Number(offset), logTime, ...events)
        }),
      )
      return { kind: verb, records }
    }
    case 'takeover':
      return { kind: verb, checkpoint: { ...checkpointOf(words), logTimeMs: timeOf(words[1]!) } }
    case 'hydrated':
      return { kind: verb, totals: words.map(totalOf) }
    case 'seal':
      return { kind: verb }
    case 'stored':
      return { kind: verb, seal: Number(words[0]) }
    default:
      throw new Error(`no such verb: ${verb}`)
  }
}

function settingsOf(words: readonly string[]): CoreSettings {
  const pairs = words.map((word) => word.split('=') as [string, string])
  return { ...SETTINGS, ...Object.fromEntries(pairs.map(([name, value]) => [name, JSON.parse(value)])) }
}

function checkpointOf(words: readonly string[]): Checkpoint {
  return { offset: Number(words[0]), logTimeMs: 0, ledger: EMPTY_LEDGER }
}

function hintOf([from, to, logTime, ...events]: readonly string[]): HintBlock {
  const logTimeMs = timeOf(logTime!)
  const [record] = decoded([{ offset: 0, logTimeMs, bytes: bytesOf(events) }])
  const { columns, fingerprints } = record!
  const entries = Array.from({ length: columns.count }, (_, i) => [
    Math.floor(columns.timeMs[i]! / MINUTE_MS),
    ...fingerprints.subarray(i * FINGERPRINT_WORDS, (i + 1) * FINGERPRINT_WORDS),
  ])
  const stretch = { from: Number(from), to: Number(to), logTimeMs }
  return { keyId: NAME_KEY.id, ...stretch, entries: Uint32Array.from(entries.flat()) }
}

function totalOf(word: string) {
  if (word === 'none') return null
  const [count, upTo] = word.split('@').map(Number) as [number, number]
  return { ...EMPTY, count, upTo }
}

function effectText(effect: Effect): string[] {
  switch (effect.kind) {
    case 'hydrate':
      return [`hydrate ${effect.buckets.map(bucketText).join(', ')}`]
    case 'checkpoint':
      return [`checkpoint ${checkpointText(effect.checkpoint)}`]
    case 'hint': {
      const { from, to, entries } = effect.block
      return [`hint [${from}, ${to}) of ${entries.length / (1 + FINGERPRINT_WORDS)} ids`]
    }
    case 'store': {
      const { seal, rows, late, dead, checkpoint } = effect.sealed
      return [
        `store ${seal}: ${checkpointText(checkpoint)}`,
        ...rows.map((row) => `  row ${rowText(row)}`),
        ...late.map((bytes) => `  late ${lateText(bytes)}`),
        ...dead.map(({ offset, index, reason }) => `  dead ${offset}[${index}] ${reason}`),
      ]
    }
  }
}

function lateText(bytes: Uint8Array): string {
  const event = schemas.decodeEvent(bytes)
  return typeof event === 'string' ? event : `${event.videoId}:${event.id}@${timeText(event.timeMs)}`
}

function rowText({ bucket, total: { count, values, sum, min, max, upTo } }: CountRow): string {
  const value = values === 0 ? '' : ` values ${values} sum ${sum} min ${min} max ${max}`
  return `${bucketText(bucket)} count ${count}${value} upTo ${upTo}`
}

function bucketText({ videoId, type, minute }: CountRow['bucket']): string {
  return `${videoId}/${type} ${minuteText(minute)}`
}

function minuteText(minute: number): string {
  return timeText(minute * MINUTE_MS).slice(0, 5)
}

function checkpointText({ offset, logTimeMs, ledger }: Checkpoint): string {
  return `${offset} at ${timeText(logTimeMs)}, ${ledgerText(ledger)}`
}

function ledgerText({ probe = NO_PROBES, ...ledger }: Ledger): string {
  const ofProbe = Object.entries(probe).map(([name, n]) => [`probe ${name}`, n] as const)
  const parts = [...Object.entries(ledger), ...ofProbe].filter(([, n]) => n > 0)
  return parts.map(([name, n]) => `${name} ${n}`).join(' ') || 'nothing yet'
}

function stateText({ nextOffset, logTimeMs, minutes, queue, ledger }: SourceState): string[] {
  const held = Array.from(minutes, ([minute, { seen, totals, mayBeStored }]) => {
    const hydrates = mayBeStored ? ', reads rows first' : ''
    return `minute ${minuteText(minute)}: ${seen.size} ids, ${totals.rows} rows${hydrates}`
  })
  const head = `next ${nextOffset} at ${timeText(logTimeMs)}, queue ${queue.rows}, ${ledgerText(ledger)}`
  return [head, ...held]
}
