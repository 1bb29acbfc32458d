// Files that exist completely or not at all: written under another name, synced, then renamed into place.
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

/** `mode`: who may read and write it; left out, what the account's umask leaves. */
export async function writeFileWhole(
  path: string,
  content: string | Uint8Array,
  mode?: number,
): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', mode)
  try {
    if (mode !== undefined) await file.chmod(mode) // a draft that was left may have another
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncDirectory(dirname(path))
}

/** Makes a rename durable, on systems that can. */
async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
