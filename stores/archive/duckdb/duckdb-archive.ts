// The archive as Parquet files of an object store, read and merged by DuckDB, recounted by it or another engine. This
// file only composes the parts.
import { bytesOf } from '../../../lib/byte-units.ts'
import { Slots } from '../../../lib/slots.ts'
import { dayOf, MINUTES_PER_DAY, MINUTES_PER_HOUR, type VideoName } from '../../../model/bucket.ts'
import { keysThatCut } from '../../../model/series-range.ts'
import type { HourSketch } from '../../../model/viewer-sketches.ts'
import type { ObjectStore } from '../../objects/objects.ts'
import type {
  Archive,
  ArchiveCheckpoint,
  ArchiveKeeper,
  Holding,
  RawBatch,
  RawExport,
  Recount,
  RecountedBucket,
  RecountQuestion,
  Unreadable,
} from '../archive.ts'
import type {
  Breakdown,
  BreakdownQuestion,
  BreakdownReader,
  CountedMinutes,
  CountedPeriods,
  DimensionKeeper,
  EventScope,
  HoursToRollUp,
  PeriodsQuestion,
  RolledUp,
  ScopeQuestion,
} from '../breakdowns.ts'
import { checkSource } from '../raw-batch.ts'
import type { RecountEngine } from '../recount-engine.ts'
import type { SqlAnswer, SqlQuestion, SqlReader } from '../sql.ts'
import { answerSql } from './answer-sql.ts'
import { type Asked, breakdown, hidingHours, minutes, periods } from './breakdown.ts'
import { Checkpoints } from './checkpoints.ts'
import { FILE_COLUMNS, HOUR } from './columns.ts'
import { draftMerged, type Merger, mergedBytesMax, mergersOf } from './compact.ts'
import type { CopiedObjects } from './copy.ts'
import { Database, type DatabaseSettings, literal } from './database.ts'
import { DimensionRollups } from './dimension-rollups.ts'
import { DuckdbEngine } from './duckdb-engine.ts'
import { exportRaw } from './export-raw.ts'
import { inParallel } from './in-parallel.ts'
import { filesByHour, hoursOf, mayBeLate, type RawFile } from './layout.ts'
import { Manifest } from './manifest.ts'
import { markOf, marksOf } from './mark.ts'
import { prefixesOf, prefixesOfRange, RawFiles } from './raw-files.ts'
import { CheckedFiles, recount } from './recount.ts'
import { Rewriter } from './rewrite.ts'
import { filesToSample, sampleVideos } from './sample-videos.ts'
import { SetAside } from './set-aside.ts'
import { viewersOf } from './viewers.ts'
import { writeBatch } from './write-files.ts'

export type ArchiveSettings = DatabaseSettings & {
  readonly objects: ObjectStore
  /** What recounts are counted by; missing: DuckDB. */
  readonly engine?: MakeEngine
}

/** What an engine may use of the archive. */
export type EngineParts = {
  readonly database: Database
  readonly objects: ObjectStore
  readonly rawFiles: RawFiles
}

export type MakeEngine = (parts: EngineParts) => RecountEngine

const NEVER = new AbortController().signal

/** Several processes may store and recount at once; one at a time may use it as an ArchiveKeeper. */
export async function openArchive(settings: ArchiveSettings): Promise<DuckdbArchive> {
  return new DuckdbArchive(await Database.open(settings), settings)
}

export class DuckdbArchive implements Archive, ArchiveKeeper, BreakdownReader, DimensionKeeper, SqlReader {
  readonly #database: Database
  readonly #objects: ObjectStore
  readonly #manifest: Manifest
  readonly #setAside: SetAside
  readonly #rawFiles: RawFiles
  readonly #rewriter: Rewriter
  readonly #dimensions: DimensionRollups
  readonly #checkpoints: Checkpoints
  readonly #engine: RecountEngine
  readonly #checked = new CheckedFiles()
  /** Acts of the keeper run one after the other: two could undo each other. */
  readonly #acts = new Slots(1)

  constructor(database: Database, { objects, engine = duckdbEngine }: ArchiveSettings) {
    this.#database = database
    this.#manifest = new Manifest(objects)
    this.#objects = this.#manifest.objects
    this.#setAside = new SetAside(objects, database) // what is set aside still counts as missing
    this.#rawFiles = new RawFiles(objects, this.#setAside)
    this.#rewriter = new Rewriter(database, this.#objects, this.#rawFiles)
    this.#dimensions = new DimensionRollups(database, objects)
    this.#checkpoints = new Checkpoints(objects)
    this.#engine = engine({ database, objects, rawFiles: this.#rawFiles })
  }

  async store(batch: RawBatch): Promise<void> {
    checkSource(batch.sourceId)
    if (batch.events.length > 0) await writeBatch(this.#database, this.#objects, batch)
  }

  async readCheckpoint(sourceId: string): Promise<ArchiveCheckpoint | null> {
    checkSource(sourceId)
    return this.#checkpoints.read(sourceId)
  }

  async writeCheckpoint(sourceId: string, checkpoint: ArchiveCheckpoint): Promise<void> {
    checkSource(sourceId)
    await this.#checkpoints.write(sourceId, checkpoint)
  }

  checkpoints(): Promise<ReadonlyMap<string, ArchiveCheckpoint>> {
    return this.#checkpoints.all()
  }

  /**
   * An hour whose files were all set aside or are gone is listed too, so that it does not look like an empty hour.
   */
  async holdings(): Promise<readonly Holding[]> {
    const lost = [...(await this.#setAside.files()), ...(await this.#manifest.missing())]
    const files = [...(await this.#rawFiles.all()), ...lost]
    return Array.from(filesByHour(files), ([hour, held]) => holdingOf(hour, held, lost)).sort(
      (a, b) => a.hour - b.hour,
    )
  }

  async recount(question: RecountQuestion, signal = NEVER): Promise<Recount> {
    const unreadable: Unreadable[] = []
    return { buckets: this.#recounted(question, unreadable, signal), unreadable }
  }

  async cuts(hours: readonly number[], parts: number): Promise<readonly VideoName[]> {
    const sorted = hours.toSorted((a, b) => a - b)
    const list = async () => filesToSample(await this.#rawFiles.ofHours(sorted))
    const sample = (paths: readonly string[]) =>
      this.#database.use((connection) => sampleVideos(connection, paths, sorted))
    return keysThatCut(await this.#rawFiles.read(await list(), list, sample), parts)
  }

  async unreadable(): Promise<readonly Unreadable[]> {
    const gone = (await this.#manifest.missing()).flatMap(goneOf)
    return [...(await this.#setAside.unreadable()), ...gone].sort((a, b) => a.hour - b.hour)
  }

  compact(beforeMinute: number): Promise<{ files: number; into: number }> {
    return this.#acts.use(async () => {
      await this.#setAside.settle()
      await this.#manifest.adopt(await this.#rawFiles.all())
      const bytesMax = mergedBytesMax(this.#database.memoryBytes)
      const replaced: number[] = []
      for (const merger of mergersOf(await this.#rawFiles.all(), beforeMinute, bytesMax)) {
        replaced.push(await this.#merge(merger))
      }
      const files = replaced.reduce((sum, count) => sum + count, 0)
      return { files, into: replaced.filter((count) => count > 0).length }
    })
  }

  purge(hours: readonly number[]): Promise<void> {
    const gone = new Set(hours)
    const remaining = (file: RawFile) => hoursOf(file).filter((hour) => !gone.has(hour))
    return this.#acts.use(async () => {
      const whole: string[] = []
      for (const file of await this.#rawFiles.ofHours(hours)) {
        const stay = remaining(file)
        if (stay.length === 0) whole.push(file.key)
        else await this.#rewriter.rewrite(file, { where: `${HOUR} IN (${stay})`, hours: stay })
      }
      await this.#objects.remove(whole)
      const isPurged = (file: RawFile) => remaining(file).length === 0
      const setAside = (await this.#setAside.files()).filter(isPurged)
      const missing = (await this.#manifest.missing()).filter(isPurged)
      await this.#manifest.drop([...setAside, ...missing].map(({ key }) => key))
      await this.#setAside.remove(setAside)
    })
  }

  forgetViewer(tenant: string, viewerSha256: string): Promise<number> {
    const named = `tenant = ${literal(tenant)} AND sha256(viewer_id) = ${literal(viewerSha256)}`
    const columns = FILE_COLUMNS.replace('viewer_id', `if(${named}, NULL, viewer_id) AS viewer_id`)
    return this.#acts.use(async () => {
      const found = await this.#rewriter.search(named)
      for (const file of new Set(found.map((one) => one.file)))
        await this.#rewriter.rewrite(file, { columns })
      return found.reduce((sum, { rows }) => sum + rows, 0)
    })
  }

  removeVideo(
    tenant: string,
    videoId: string,
    beforeMinute: number,
  ): Promise<{ events: number; hours: readonly number[] }> {
    const named = `tenant = ${literal(tenant)} AND video_id = ${literal(videoId)} AND minute < ${beforeMinute}`
    return this.#acts.use(async () => {
      const found = await this.#rewriter.search(named)
      for (const file of new Set(found.map((one) => one.file))) {
        await this.#rewriter.rewrite(file, { where: `NOT (${named})` })
      }
      await this.#dimensions.removeVideo(tenant, videoId, beforeMinute)
      const hours = Array.from(new Set(found.map(({ hour }) => hour))).sort((a, b) => a - b)
      return { events: found.reduce((sum, { rows }) => sum + rows, 0), hours }
    })
  }

  viewers(hour: number): AsyncIterable<readonly HourSketch[]> {
    return viewersOf(this.#database, this.#rawFiles, hour)
  }

  /** Runs a task while nothing is removed or replaced: archiving goes on. */
  whileKept<T>(task: (objects: CopiedObjects) => Promise<T>): Promise<T> {
    return this.#acts.use(() => task(this.#objects))
  }

  exportRaw(question: RawExport, path: string): Promise<number> {
    return exportRaw(this.#database, this.#rawFiles, question, path)
  }

  async breakdown(question: BreakdownQuestion, signal: AbortSignal): Promise<Breakdown> {
    const found = await breakdown(this.#asked, question, signal)
    return this.#withLost(found, question, question.rolledUpHours)
  }

  async periods(question: PeriodsQuestion, signal: AbortSignal): Promise<CountedPeriods> {
    const found = await periods(this.#asked, question, signal)
    return this.#withLost(found, question, question.rolledUp.hours)
  }

  async minutes(question: ScopeQuestion, signal: AbortSignal): Promise<CountedMinutes> {
    const found = await minutes(this.#asked, question, signal)
    return { minutes: found, unreadableHours: await this.#lostIn(question.from, question.to) }
  }

  hidingHours(scope: EventScope, rolledUp: RolledUp, signal: AbortSignal): Promise<readonly number[]> {
    return hidingHours(this.#asked, scope, rolledUp, signal)
  }

  sql(question: SqlQuestion, signal: AbortSignal): Promise<SqlAnswer> {
    const { scratchDirectory } = this.#database
    return answerSql({ rawFiles: this.#rawFiles, scratchDirectory }, question, signal)
  }

  async rolledUpHours(by: string, from: number, to: number): Promise<readonly number[]> {
    const hours = (await this.#dimensions.files(by, from, to)).flatMap((file) => file.hours)
    return hours.filter((hour) => hour >= from && hour < to).sort((a, b) => a - b)
  }

  async settledHours(by: string, from: number, to: number, bytesMin = 0): Promise<readonly number[]> {
    const files = await this.#rawFiles.ofRange(from, to)
    if (bytesOf(files) < bytesMin) return []
    const rolledUp = await this.#dimensions.marks(by, from, to - MINUTES_PER_HOUR + 1)
    if (rolledUp.size === 0) return []
    return sameHours(rolledUp, marksOf(files, new Set(await this.#lostIn(from, to))))
  }

  rollUpDimensions(what: HoursToRollUp): Promise<readonly number[]> {
    return this.#acts.use(async () => {
      const done: number[] = []
      for (const [day, hours] of Map.groupBy(
        what.hours.toSorted((a, b) => a - b),
        dayOf,
      )) {
        const settled = await this.#soundHours(day, hours, what.dimensions)
        const due = hours.filter((hour) => !settled.has(hour))
        const lost = () => this.#lostIn(day, day + MINUTES_PER_DAY)
        const fresh =
          due.length === 0 ? [] : await this.#dimensions.rollUp(this.#rawFiles, { ...what, hours: due }, lost)
        done.push(...hours.filter((hour) => settled.has(hour) || fresh.includes(hour)))
      }
      return done
    })
  }

  /** Those of the hours of a day that need not be rolled up by these attributes anew. */
  async #soundHours(
    day: number,
    hours: readonly number[],
    dimensions: readonly string[],
  ): Promise<ReadonlySet<number>> {
    const end = day + MINUTES_PER_DAY
    const marks = marksOf(await this.#rawFiles.ofRange(day, end), new Set(await this.#lostIn(day, end)))
    const byEach = await inParallel(dimensions, async (by) => {
      const all = new Set(sameHours(await this.#dimensions.marks(by, day, end), marks))
      const settled = hours.filter((hour) => all.has(hour))
      const damaged = await this.#dimensions.read(by, settled, async () => {})
      return new Set(settled.filter((hour) => !damaged.includes(hour)))
    })
    return byEach.reduce((all, some) => all.intersection(some), byEach[0] ?? new Set())
  }

  dropDimensions(beforeMinute: number): Promise<void> {
    return this.#acts.use(() => this.#dimensions.drop(beforeMinute))
  }

  /** To be called when all calls have ended. */
  async close(): Promise<void> {
    await this.#database.close()
  }

  get #asked(): Asked {
    return { database: this.#database, rawFiles: this.#rawFiles, rollups: this.#dimensions }
  }

  /** With the hours of raw events that are missing. */
  async #withLost<T extends { readonly unreadableHours: readonly number[] }>(
    found: T,
    { from, to }: ScopeQuestion,
    rolledUpHours: readonly number[],
  ): Promise<T> {
    const rolledUp = new Set(rolledUpHours)
    const lost = (await this.#lostIn(from, to)).filter((hour) => !rolledUp.has(hour))
    return { ...found, unreadableHours: [...found.unreadableHours, ...lost].sort((a, b) => a - b) }
  }

  async *#recounted(
    question: RecountQuestion,
    unreadable: Unreadable[],
    signal: AbortSignal,
  ): AsyncGenerator<readonly RecountedBucket[]> {
    const note = async (hours: readonly number[]) => {
      const asked = new Set(hours)
      const missing = await inParallel(prefixesOf(hours), (prefix) => this.#manifest.missing(prefix))
      const lost = [...(await this.#setAside.unreadable()), ...missing.flat().flatMap(goneOf)]
      unreadable.push(...lost.filter(({ hour }) => asked.has(hour)))
    }
    const left = new Set(question.hours)
    const onCounted = (hours: readonly number[]) => {
      for (const hour of hours) left.delete(hour)
      return note(hours)
    }
    yield* recount(this.#engine, this.#rawFiles, question, this.#checked, onCounted, signal)
    await note([...left])
  }

  /** The hours that have minutes in [from, to) and of which files are missing or set aside. */
  async #lostIn(from: number, to: number): Promise<readonly number[]> {
    const missing = await inParallel(prefixesOfRange(from, to), (prefix) => this.#manifest.missing(prefix))
    const lost = [...(await this.#setAside.files()), ...missing.flat()].flatMap(hoursOf)
    return Array.from(new Set(lost.filter((hour) => hour < to && hour + MINUTES_PER_HOUR > from)))
  }

  /** How many files were replaced by one. */
  #merge(merger: Merger): Promise<number> {
    const still = () => this.#rawFiles.still(merger.files)
    return this.#rawFiles.read(merger.files, still, async (paths, files) => {
      if (files.length < 2) return 0
      const draft = await this.#database.use((connection) =>
        draftMerged(this.#database, connection, merger, paths, files),
      )
      await this.#rewriter.replace(files, draft)
      return files.length
    })
  }
}

function duckdbEngine({ database, rawFiles }: EngineParts): RecountEngine {
  return new DuckdbEngine(database, rawFiles)
}

/** The hours that have the same mark in both, in order. */
function sameHours(some: ReadonlyMap<number, string>, marks: ReadonlyMap<number, string>): readonly number[] {
  const same = Array.from(some).filter(([hour, mark]) => marks.get(hour) === mark)
  return same.map(([hour]) => hour).sort((a, b) => a - b)
}

/** One entry for each hour of which the file may have held events. */
function goneOf(file: RawFile): Unreadable[] {
  return hoursOf(file).map((hour) => ({ hour, name: file.key, reason: 'The file is gone.' }))
}

function holdingOf(hour: number, files: readonly RawFile[], lost: readonly RawFile[]): Holding {
  const late = files.filter(mayBeLate)
  return {
    hour,
    mark: markOf(files, lost),
    lateMark: late.length === 0 ? null : markOf(late, lost),
    bytes: Math.round(files.reduce((sum, file) => sum + file.bytes / hoursOf(file).length, 0)),
    archivedMs: newestOf(files),
    lateArchivedMs: newestOf(late),
  }
}

function newestOf(files: readonly RawFile[]): number {
  return files.reduce((newest, { modifiedMs }) => Math.max(newest, modifiedMs), 0)
}
