// Makes the next write to a database fail, for tests.
import type { Level, LevelDatabase, Operation } from '../stores/disk/level-database.ts'

/** `take`: whether the write happens nevertheless, like a write whose answer is lost. */
export function failNextWrite(
  { level }: LevelDatabase,
  take: (write: () => Promise<void>) => Promise<void>,
): void {
  const batch = level.batch.bind(level)
  const failing = async (operations: Operation[]) => {
    level.batch = batch
    await take(() => batch(operations, { sync: true }))
    throw new Error('No space left on device')
  }
  level.batch = failing as unknown as Level['batch']
}
