// A start that fails after everything on the disk was opened leaves nothing open.
import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { LevelDatabase } from '../../stores/disk/level-database.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { readSettings } from './settings.ts'
import { startStandalone } from './standalone.ts'

const start = (path: string, rest: Readonly<Record<string, string>>) =>
  startStandalone(readSettings({ PORT: '0', DATA_DIR: path, LOG_LEVEL: 'silent', ...rest }))

async function assertFree(path: string): Promise<void> {
  for (const name of ['log', 'counts', 'videos', 'uniques']) {
    await (await LevelDatabase.open(join(path, name), () => [])).close()
  }
}

test('an archive that cannot be opened, or a port that is taken, leaves nothing open', async (t) => {
  await using directory = await temporaryDirectory()
  const { path } = directory
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'archive'), 'in the way')
  await assert.rejects(start(path, {}), { code: /^(ENOTDIR|EEXIST)$/ })
  await assertFree(path)
  await rm(join(path, 'archive'))

  const other = createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await new Promise((resolve) => other.once('listening', resolve))
  const { port } = other.address() as { port: number }
  await assert.rejects(start(path, { PORT: String(port) }), { code: 'EADDRINUSE' })
  await assertFree(path)

  const running = await start(path, {})
  assert.equal((await fetch(`${running.url}/health/ready`)).status, 200)
  await running.stop()
  await assertFree(path)
})
