// Notes of people at a time of a video, for whoever reads its chart: "trailer published". Counting does not depend on
// them.

export type Annotation = {
  readonly annotationId: string
  /** Epoch ms. */
  readonly timeMs: number
  readonly text: string
}

/**
 * Whoever adds one keeps to these. They hold to within the additions that are under way at the same time, which do not
 * see each other.
 */
export const ANNOTATIONS_OF_VIDEO_MAX = 100
export const ANNOTATIONS_OF_TENANT_MAX = 10_000
/** What a list gives at most: more than additions at the same time leave. */
export const ANNOTATIONS_LISTED_MAX = 1_000

/** Rejections are temporary: try again. */
export interface AnnotationReader {
  /** Of a video, in the order of their times, then of their ids; at most ANNOTATIONS_LISTED_MAX. */
  annotations(tenant: string, videoId: string): Promise<readonly Annotation[]>
  /** How many a tenant has, or `most` if it has more. */
  annotationCount(tenant: string, most: number): Promise<number>
}

/** Like VideoWriter: resolved means durable and visible to the reader of this process, and to repeat a call is safe. */
export interface AnnotationWriter {
  /** In place of one of the same id. */
  annotate(tenant: string, videoId: string, annotation: Annotation): Promise<void>
  /** Not an error if there is none. */
  removeAnnotation(tenant: string, videoId: string, annotationId: string): Promise<void>
}

export function inTime(a: Annotation, b: Annotation): number {
  return a.timeMs - b.timeMs || (a.annotationId < b.annotationId ? -1 : 1)
}
