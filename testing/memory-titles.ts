// The tables that processes share of videos, in memory: each cell knows the offset that wrote it, as on Cassandra. Each
// call can be made to fail, or to wait.
import type { AnnotationChange } from '../stores/videos/annotation-table.ts'
import { type Annotation, inTime } from '../stores/videos/annotations.ts'
import type { IndexEntry } from '../stores/videos/index-entries.ts'
import { byBytes } from '../stores/videos/search-place.ts'
import type {
  EntryChanges,
  StoredVideo,
  TitleProgress,
  TitleStore,
  TitleTables,
  VideoName,
} from '../stores/videos/title-tables.ts'
import type { IndexRange } from '../stores/videos/video-search.ts'
import type { Video } from '../stores/videos/videos.ts'

type Cell<T> = { readonly offset: number; readonly value: T | null }
type Before = (call: string) => Promise<void> | void

/** What is stored, seen by every process. */
export class MemoryTitles {
  readonly lives = new Map<number, MemoryLife>()
  readonly progress = new Map<number, { appliedTo: number; isWhole: boolean }>()
  worker: string | null = null

  /** As one process sees it. `before` is called before each call. */
  seenBy(before: Before = () => {}): TitleStore {
    const guarded = async <T>(call: string, run: () => T): Promise<T> => {
      await before(call)
      return run()
    }
    return {
      of: (life) => this.lives.getOrInsertComputed(life, () => new MemoryLife()).seenBy(guarded),
      progress: () =>
        guarded('progress', (): TitleProgress | null => {
          const life = Math.max(...this.progress.keys())
          const known = this.progress.get(life)
          return known === undefined ? null : { life, ...known }
        }),
      begin: (life) =>
        guarded('begin', () => {
          if (!this.progress.has(life)) this.progress.set(life, { appliedTo: 0, isWhole: false })
        }),
      claim: (_life, worker) =>
        guarded('claim', () => {
          this.worker ??= worker
          return this.worker === worker
        }),
      release: (_life, worker) =>
        guarded('release', () => {
          if (this.worker === worker) this.worker = null
        }),
      note: (life, appliedTo) =>
        guarded('note', () => {
          const known = this.progress.get(life)!
          known.appliedTo = Math.max(known.appliedTo, appliedTo)
        }),
      noteWhole: (life) =>
        guarded('noteWhole', () => {
          this.progress.get(life)!.isWhole = true
        }),
    }
  }
}

type Guarded = <T>(call: string, run: () => T) => Promise<T>

class MemoryLife {
  readonly videos = new Map<string, Cell<Video>>()
  readonly index = new Map<string, Map<string, Cell<true>>>()
  readonly notes = new Map<string, Map<string, Cell<Annotation>>>()

  seenBy(guarded: Guarded): TitleTables {
    return {
      reads: {
        entries: (range, limit) => guarded('entries', () => this.#entries(range).slice(0, limit)),
        videos: (tenant, ids) =>
          guarded('videos', () =>
            ids.map((id) => this.videos.get(nameOf({ tenant, videoId: id }))?.value ?? null),
          ),
        annotations: (name, limit) =>
          guarded('annotations', () => this.#notesOf(nameOf(name)).sort(inTime).slice(0, limit)),
        annotationCount: (tenant, most) =>
          guarded('annotationCount', () => {
            const names = Array.from(this.notes.keys()).filter((name) => name.startsWith(`${tenant}\t`))
            return Math.min(most, names.flatMap((name) => this.#notesOf(name)).length)
          }),
      },
      writes: {
        stored: (name) => guarded('stored', () => this.#stored(nameOf(name))),
        writeVideo: (name, video, offset) =>
          guarded('writeVideo', () => {
            set(this.videos, nameOf(name), { offset, value: video })
          }),
        // Entries are in different partitions: a process may end between any two.
        writeEntries: async (name, changes, offset) => {
          for (const { entry, value } of cellsOf(changes))
            await guarded('writeEntry', () => {
              const texts = this.index.getOrInsertComputed(indexOf(name.tenant, entry), () => new Map())
              set(texts, entry.text, { offset, value })
            })
        },
        writeAnnotation: (change, offset) => guarded('writeAnnotation', () => this.#annotate(change, offset)),
        removeAnnotations: (name, offset) =>
          guarded('removeAnnotations', () => {
            const notes = this.notes.get(nameOf(name)) ?? new Map()
            for (const id of notes.keys()) set(notes, id, { offset, value: null })
          }),
      },
    }
  }

  #entries({ tenant, prefix, after, ...table }: IndexRange): string[] {
    const texts = Array.from(this.index.get(indexOf(tenant, table)) ?? [])
    return texts
      .filter(([text, { value }]) => value !== null && text.startsWith(prefix))
      .map(([text]) => text)
      .filter((text) => after === null || byBytes(text, after) > 0)
      .sort(byBytes)
  }

  #stored(key: string): StoredVideo | null {
    const cell = this.videos.get(key)
    return cell === undefined ? null : { video: cell.value, offset: cell.offset }
  }

  #notesOf(key: string): Annotation[] {
    return Array.from(this.notes.get(key)?.values() ?? []).flatMap(({ value }) => value ?? [])
  }

  #annotate({ annotationId, annotation, ...name }: AnnotationChange, offset: number): void {
    const notes = this.notes.getOrInsertComputed(nameOf(name), () => new Map())
    set(notes, annotationId, { offset, value: annotation === null ? null : { annotationId, ...annotation } })
  }
}

/** Of one offset a removal wins. */
function set<T>(cells: Map<string, Cell<T>>, key: string, cell: Cell<T>): void {
  const known = cells.get(key)
  const wins =
    known === undefined || known.offset < cell.offset || (known.offset === cell.offset && cell.value === null)
  if (wins) cells.set(key, cell)
}

function cellsOf({ added, removed }: EntryChanges) {
  return [
    ...added.map((entry) => ({ entry, value: true as const })),
    ...removed.map((entry) => ({ entry, value: null })),
  ]
}

function nameOf({ tenant, videoId }: VideoName): string {
  return `${tenant}\t${videoId}`
}

function indexOf(tenant: string, { kind, group }: Pick<IndexEntry, 'kind' | 'group'>): string {
  return [tenant, kind, group].join('\t')
}
