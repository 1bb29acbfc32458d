// What processes share of videos: tables that are made from the topic of their changes, and can be made again from it.
// Each change carries the offset of its record as the version of all that it writes: of two writes of one cell that
// with the higher offset wins, whatever comes first, and of the same offset a removal wins. So any process may apply
// any record any number of times.
import type { AnnotationChange } from './annotation-table.ts'
import type { Annotation } from './annotations.ts'
import type { IndexEntry } from './index-entries.ts'
import type { SearchTables } from './video-search.ts'
import type { Video } from './videos.ts'

export type StoredVideo = {
  /** Null: it was removed. */
  readonly video: Video | null
  /** Of the latest change of the video. */
  readonly offset: number
}

export type VideoName = { readonly tenant: string; readonly videoId: string }

/** What questions are answered from. May be refused when too much is asked at once; rejections are temporary. */
export interface TitleReads extends SearchTables {
  annotations(name: VideoName, limit: number): Promise<readonly Annotation[]>
  /** How many a tenant has, or `most` if it has more. */
  annotationCount(tenant: string, most: number): Promise<number>
}

/** Sees every write that was resolved. Rejections are temporary: a write may have taken effect, and may be repeated. */
export interface TitleWrites {
  stored(name: VideoName): Promise<StoredVideo | null>
  /** `video` null: removed. */
  writeVideo(name: VideoName, video: Video | null, offset: number): Promise<void>
  writeEntries(name: VideoName, entries: EntryChanges, offset: number): Promise<void>
  /** Without an annotation: removed. */
  writeAnnotation(change: AnnotationChange, offset: number): Promise<void>
  /** Removes those of a video that were written up to an offset, if there are any. */
  removeAnnotations(name: VideoName, offset: number): Promise<void>
}

export type EntryChanges = { readonly added: readonly IndexEntry[]; readonly removed: readonly IndexEntry[] }

export type TitleProgress = {
  /** Counts the topics of this name: one that was made anew begins at offset 0 again. */
  readonly life: number
  /** Everything before this offset is applied. */
  readonly appliedTo: number
  /** Whether all that the topic held at some time is applied; until then what is not found may be in the topic. */
  readonly isWhole: boolean
}

export interface TitleStore {
  of(life: number): TitleTables
  /** Of the latest life; null before the first. */
  progress(): Promise<TitleProgress | null>
  /** Safe to repeat. */
  begin(life: number): Promise<void>
  /** Whether this process is to apply records for the next while; correct also where two are. */
  claim(life: number, worker: string): Promise<boolean>
  /** Ends the claim of this process, if it holds it. Safe to repeat. */
  release(life: number, worker: string): Promise<void>
  /** How far the topic is applied; never goes back within a life. */
  note(life: number, appliedTo: number): Promise<void>
  noteWhole(life: number): Promise<void>
}

/** The tables of one life. */
export type TitleTables = { readonly reads: TitleReads; readonly writes: TitleWrites }
