// Changes the keys file as a whole: readers see it as it was or as it is, and of two commands at once the second waits
// for the first. Only the account of the servers can read it.
import { existsSync } from 'node:fs'
import { mkdir, open, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { markOf, readKeysFile } from '../../lib/http/keys/filed-keys.ts'
import { type FiledKey, keysFileText } from '../../lib/http/keys/keys-file.ts'

const PRIVATE = 0o600
const WAITING_MS_MAX = 20_000
const WAIT_MS = 20
/** A change takes milliseconds: whoever locked it that long ago was killed. */
const LOCK_AGE_MS_MAX = 60_000
const MARK = 'The file beside this one holds keys. Without it servers do not start.\n'

/** Fails with a Fault that says what to do; then nothing is changed. */
export async function changeKeysFile(
  path: string,
  clock: Clock,
  change: (keys: readonly FiledKey[]) => readonly FiledKey[],
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const lock = `${path}.lock`
  await takeLock(lock, clock)
  try {
    const text = keysFileText(change(await readKeysFile(path)))
    await writeFileWhole(path, text, PRIVATE)
    if (!existsSync(markOf(path))) await writeFileWhole(markOf(path), MARK, PRIVATE)
  } finally {
    await rm(lock, { force: true })
  }
}

async function takeLock(lock: string, clock: Clock): Promise<void> {
  const untilMs = clock.nowMs() + WAITING_MS_MAX
  while (!(await isTaken(lock))) {
    if (await isLeft(lock, clock)) await rm(lock, { force: true })
    else if (clock.nowMs() > untilMs)
      throw new Fault(`${lock} is held by another command: wait, or remove it.`)
    else await clock.sleep(WAIT_MS)
  }
}

async function isTaken(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx', PRIVATE)).close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw new Fault(`${lock} cannot be written (${(error as Error).message}).`)
  }
}

async function isLeft(lock: string, clock: Clock): Promise<boolean> {
  const found = await stat(lock).catch(() => null)
  return found !== null && clock.nowMs() - found.mtimeMs > LOCK_AGE_MS_MAX
}
