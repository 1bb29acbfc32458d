// Objects where the settings say: a directory of this machine, or a bucket.
import { openLocalObjects } from '../adapters/objects/local-objects.ts'
import type { Clock } from '../ports/clock.ts'
import type { ObjectStore } from '../ports/objects.ts'
import type { ObjectsSettings } from '../settings/objects-settings.ts'

/** `scratchDirectory` is of this store alone, and emptied. */
export async function openObjects(
  settings: ObjectsSettings,
  scratchDirectory: string,
  clock: Clock,
): Promise<ObjectStore> {
  if (settings.kind === 'file') return openLocalObjects(settings.directory)
  const { openS3Objects } = await import('../adapters/objects/s3/s3-objects.ts') // its client is slow to load
  return openS3Objects(settings, { clock, random: Math.random, scratchDirectory })
}
