// How the total of a whole site is named: the sum over all videos of a tenant is stored like the counts of one video,
// under an id that no video can have. Pure.
import type { Series } from './bucket.ts'

const SITE_ID = ''

/** All videos of a tenant together. */
export function siteOf(tenant: string, type: string): Series {
  return { tenant, videoId: SITE_ID, type }
}

export function isSite({ videoId }: Pick<Series, 'videoId'>): boolean {
  return videoId === SITE_ID
}
