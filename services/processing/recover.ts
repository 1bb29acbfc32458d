// Builds the state from which an owner may continue: from the checkpoint, then a snapshot, or hint blocks and the
// log. If that cannot be done exactly, it halts the source and says why, instead of starting somewhere else.
import type { UnknownSchemas } from '../../lib/unknown-schemas.ts'
import { newerFormat } from '../../schemas/newer-format.ts'
import type { Checkpoint, CountWriter } from '../../stores/counts/counts.ts'
import type { HintBlock, HintStore } from '../../stores/hints/hints.ts'
import { type Log, LogError, type LogSlice, type Source } from '../../stores/log/log.ts'
import type { SnapshotStore } from '../../stores/snapshots/snapshots.ts'
import type { DecodedRecord, Decoder } from './core/decode-record.ts'
import { hintJoins, rebuildFromMs } from './core/rebuild.ts'
import { decodeSnapshot } from './core/snapshot.ts'
import { type CoreSettings, newState, type SourceState } from './core/source-state.ts'
import { step } from './core/step.ts'

export type HaltCode = 'log_starts_after_checkpoint' | 'log_ends_before_checkpoint' | 'newer_format'

/** The source cannot be counted exactly from here; an operator must decide. */
export class HaltError extends Error {
  readonly code: HaltCode
  constructor(code: HaltCode, message: string) {
    super(message)
    this.name = 'HaltError'
    this.code = code
  }
}

export type RecoveryPorts = {
  readonly log: Log
  readonly counts: CountWriter
  readonly hints: HintStore | null
  readonly snapshots: SnapshotStore | null
  readonly decoder: Decoder
  /** Repeats a call until it succeeds. */
  readonly persist: <T>(what: string, call: () => Promise<T>) => Promise<T>
}

export type Recovered = { readonly state: SourceState; readonly checkpoint: Checkpoint | null }

export type RecoverySettings = CoreSettings & {
  readonly readBytesMax: number
  readonly unknownSchemas: UnknownSchemas
}

export async function recover(
  ports: RecoveryPorts,
  source: Source,
  settings: RecoverySettings,
): Promise<Recovered> {
  const { log, counts, persist } = ports
  const { keyId } = ports.decoder
  const checkpoint = await persist('read the checkpoint', () => counts.readCheckpoint(source.id))
  const bounds = await persist('read the bounds of the log', () => log.bounds(source))
  checkBounds(source, checkpoint, bounds)
  if (checkpoint === null) return { state: newState(settings, keyId, bounds.startOffset), checkpoint }
  const since = rebuildFromMs(settings, checkpoint)
  const found = await persist('find the offset to rebuild from', () => log.offsetForTime(source, since))
  const from = Math.min(found, checkpoint.offset + 1)
  const state =
    (await fromSnapshot(ports, source, settings, checkpoint, from)) ??
    (await rebuild(ports, source, newState(settings, keyId, from), checkpoint, settings))
  return { state, checkpoint }
}

/** The first of the records that only a later release can read, and what to do; null if there is none. */
export function newerFormatHalt(
  { id }: Source,
  records: readonly DecodedRecord[],
  { unknownSchemas }: Pick<RecoverySettings, 'unknownSchemas'>,
): { readonly offset: number; readonly error: HaltError } | null {
  if (unknownSchemas === 'dead-letter') return null
  for (const { offset, bytes, fault, columns } of records) {
    const unknown = newerFormat(bytes, fault, columns)
    if (unknown === null) continue
    const finding = `source ${id}: this release does not know ${unknown} at offset ${offset}`
    const advice = 'Upgrade all processors and reconcilers. Nothing is lost: it is counted then.'
    return {
      offset,
      error: new HaltError('newer_format', `${finding}: a later release has written it. ${advice}`),
    }
  }
  return null
}

function checkBounds(
  source: Source,
  checkpoint: Checkpoint | null,
  { startOffset, endOffset }: { startOffset: number; endOffset: number },
): void {
  const next = (checkpoint?.offset ?? -1) + 1
  if (next < startOffset) {
    throw new HaltError(
      'log_starts_after_checkpoint',
      `source ${source.id}: the log starts at offset ${startOffset}, but counting stands at ${next}: records were ` +
        'purged before they were counted. Raise the retention; to go on, recount the gap from the archive.',
    )
  }
  if (next > endOffset) {
    throw new HaltError(
      'log_ends_before_checkpoint',
      `source ${source.id}: the log ends at offset ${endOffset}, but counting stands at ${next}: the log has lost ` +
        'records that were counted. Restore the log, or move its directory aside to start a new incarnation.',
    )
  }
}

async function fromSnapshot(
  { snapshots, decoder, persist }: RecoveryPorts,
  source: Source,
  settings: CoreSettings,
  checkpoint: Checkpoint,
  from: number,
): Promise<SourceState | null> {
  if (snapshots === null) return null
  const bytes = await persist('read the snapshot', () => snapshots.read(source.id))
  const state = bytes === null ? null : decodeSnapshot(source.id, settings, decoder.keyId, bytes)
  if (state === null || state.nextOffset < from || state.nextOffset > checkpoint.offset + 1) return null
  state.putAsideThrough = checkpoint.offset
  return state
}

async function rebuild(
  { log, hints, decoder, persist }: RecoveryPorts,
  source: Source,
  state: SourceState,
  checkpoint: Checkpoint,
  settings: RecoverySettings,
): Promise<SourceState> {
  const blocks = await readHints(hints, source, state.nextOffset, checkpoint.offset + 1)
  while (state.nextOffset <= checkpoint.offset) {
    const block = blocks.find((b) => hintJoins(state, checkpoint, b))
    if (block !== undefined) {
      step(state, { kind: 'hint', block })
      continue
    }
    const { nextOffset } = state
    const { records } = await persist('read the log', () =>
      readCounted(log, source, nextOffset, settings.readBytesMax),
    )
    const before = records.filter(({ offset }) => offset <= checkpoint.offset)
    for (const lot of decoder.decode(before)) {
      const halt = newerFormatHalt(source, lot, settings)
      if (halt !== null) throw halt.error // a later release has counted them: their copies would count again
      step(state, { kind: 'rebuild', records: lot })
    }
    if (before.length < records.length) break
  }
  step(state, { kind: 'takeover', checkpoint })
  return state
}

/**
 * Reads records that were counted before, so at least one must exist: a log that returns none (a new leader of a
 * cluster may lag behind) is `unavailable`, because without these ids their copies would count.
 */
async function readCounted(
  log: Log,
  source: Source,
  fromOffset: number,
  bytesMax: number,
): Promise<LogSlice> {
  const slice = await log.read(source, fromOffset, { bytesMax, waitMs: 0 })
  if (slice.records.length > 0) return slice
  const message = `The log returns no records of source ${source.id} from offset ${fromOffset} on, which were counted.`
  throw new LogError('unavailable', message)
}

/** Hints only save time: if they cannot be read, the log is. */
async function readHints(
  hints: HintStore | null,
  source: Source,
  from: number,
  to: number,
): Promise<readonly HintBlock[]> {
  if (hints === null) return []
  try {
    return await hints.read(source.id, from, to)
  } catch {
    return []
  }
}
