// Annotations in the database of the videos: an entry each, under its video.
import type { SharedDatabase } from '../counts/embedded/shared-database.ts'
import { jsonValue, parseJsonText } from '../disk/checked-value.ts'
import type { Operation } from '../disk/level-database.ts'
import { ANNOTATIONS_LISTED_MAX, type Annotation, inTime } from './annotations.ts'

export type AnnotationChange = {
  readonly tenant: string
  readonly videoId: string
  readonly annotationId: string
  /** Null: it is removed. */
  readonly annotation: Pick<Annotation, 'timeMs' | 'text'> | null
}

const ANNOTATION_TABLE = 'annotation/'
/** Names hold no control characters, and this one sorts after the separator. */
const SEPARATOR = '\u0000'
const PAST = '\u0001'

export class AnnotationTable {
  readonly #database: SharedDatabase

  constructor(database: SharedDatabase) {
    this.#database = database
  }

  async ofVideo(tenant: string, videoId: string): Promise<readonly Annotation[]> {
    const prefix = videoPrefix(tenant, videoId)
    const keys = await this.#database.keys(within(prefix), ANNOTATIONS_LISTED_MAX)
    const values = await this.#database.getMany(keys)
    return values
      .flatMap((value, at) => {
        if (value === undefined) return [] // removed since the keys were read
        const key = keys[at]!
        const fields = JSON.parse(this.#database.checked(key, value, parseJsonText))
        return { annotationId: key.slice(prefix.length), ...fields } as Annotation
      })
      .sort(inTime)
  }

  /** The keys of all that a video has. */
  keysOf({ tenant, videoId }: Pick<AnnotationChange, 'tenant' | 'videoId'>): Promise<string[]> {
    return this.#database.keys(within(videoPrefix(tenant, videoId)))
  }

  async countOf(tenant: string, most: number): Promise<number> {
    return (await this.#database.keys(within(tenantPrefix(tenant)), most)).length
  }
}

export function annotationKey({
  tenant,
  videoId,
  annotationId,
}: Omit<AnnotationChange, 'annotation'>): string {
  return videoPrefix(tenant, videoId) + annotationId
}

export function annotationOperation(change: AnnotationChange): Operation {
  const key = annotationKey(change)
  const { annotation } = change
  if (annotation === null) return { type: 'del', key }
  const { timeMs, text } = annotation
  return { type: 'put', key, value: jsonValue(key, { timeMs, text }) }
}

function tenantPrefix(tenant: string): string {
  return `${ANNOTATION_TABLE}${tenant}${SEPARATOR}`
}

function videoPrefix(tenant: string, videoId: string): string {
  return `${tenantPrefix(tenant)}${videoId}${SEPARATOR}`
}

function within(prefix: string) {
  return { gte: prefix, lt: prefix.slice(0, -SEPARATOR.length) + PAST }
}
