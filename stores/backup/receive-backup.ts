// Stores a backup that a server sends, in a directory. The manifest is written last, when everything that it lists is
// durable and was received as it was sent. Only the account of the command may read any of it.
import { createHash } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import { Fault } from '../../lib/fault.ts'
import { MANIFEST_PATH } from '../disk/data-directory.ts'
import { type Frame, readFrames } from './frames.ts'
import { type BackupFile, type Manifest, parseManifest } from './manifest.ts'

export const OWNER_ONLY = { file: 0o600, folder: 0o700 }

/**
 * Fails with a Fault whose message continues a sentence about what was sent, or with an error of the disk.
 * @param onFile called with the bytes of each file that is stored
 */
export async function receiveBackup(
  chunks: AsyncIterable<Uint8Array>,
  directory: string,
  onFile: (bytes: number) => void,
): Promise<Manifest> {
  const received = new Map<string, BackupFile>()
  for await (const frame of readFrames(chunks)) {
    if (frame.path !== MANIFEST_PATH) {
      received.set(frame.path, await storeFile(frame, directory))
      onFile(frame.bytes)
      continue
    }
    const manifest = await text(frame.content)
    const parsed = parseManifest(manifest)
    for (const { path, bytes, sha256 } of parsed.files) {
      const found = received.get(path)
      if (found?.bytes !== bytes || found.sha256 !== sha256)
        throw new Fault(`was changed on its way: ${path}`)
    }
    await writeFileWhole(join(directory, MANIFEST_PATH), manifest, OWNER_ONLY.file)
    return parsed
  }
  throw new Fault('ended before the backup was whole: look into the log of the server')
}

/** Only its owner may read it. Fails with an error of the disk: `EEXIST` if there is such a file. */
export async function storeFile({ path, bytes, content }: Frame, directory: string): Promise<BackupFile> {
  const target = join(directory, path)
  await mkdir(dirname(target), { recursive: true, mode: OWNER_ONLY.folder })
  await using file = await open(target, 'wx', OWNER_ONLY.file)
  const digest = createHash('sha256')
  for await (const chunk of content) {
    digest.update(chunk)
    await file.appendFile(chunk) // unlike write, it fails where a full disk takes only a part
  }
  await file.sync()
  return { path, bytes, sha256: digest.digest('hex') }
}
