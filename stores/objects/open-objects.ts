// Opens the objects that the settings name: a directory of this machine, or a bucket.

import type { Clock } from '../../lib/clock.ts'
import { openLocalObjects } from './local-objects.ts'
import type { ObjectStore } from './objects.ts'
import type { ObjectsSettings } from './objects-settings.ts'

/** `scratchDirectory` is used by this store alone, and emptied. */
export async function openObjects(
  settings: ObjectsSettings,
  scratchDirectory: string,
  clock: Clock,
): Promise<ObjectStore> {
  if (settings.kind === 'file') return openLocalObjects(settings.directory)
  const { openS3Objects } = await import('./s3/s3-objects.ts') // its client is slow to load
  return openS3Objects(settings, { clock, random: Math.random, scratchDirectory })
}
