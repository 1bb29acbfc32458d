import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../lib/free-port.ts'
import { NO_KEYS } from '../../lib/http/keys/key-ring.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { buildServer } from '../../lib/http/server.ts'
import { listeningUrl } from '../../lib/listening-url.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { type BackupRouteDeps, registerBackup } from '../../services/reconciler/operators/backup-routes.ts'
import { checkBackup, readManifest } from '../../stores/backup/restore-backup.ts'
import { backupBytes, openBackedUp } from '../../testing/backup-fixture.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { parseOptions } from './backup-options.ts'
import { run } from './run-backup.ts'

async function serve(bytes: Buffer, keys: BackupRouteDeps['keys'] = NO_KEYS, before = async () => {}) {
  const app = buildServer()
  const rate = new QueryRate({ costPerSecondMax: null }, systemClock)
  const writeBackup: BackupRouteDeps['writeBackup'] = async (send) => {
    await before()
    await send(bytes)
  }
  registerBackup(app, { keys, rate, writeBackup })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { url: listeningUrl(app, '127.0.0.1'), [Symbol.asyncDispose]: () => app.close() }
}

async function backUp(out: string, url: string, ...args: string[]) {
  const [lines, screen]: [string[], string[]] = [[], []]
  const options = parseOptions(['--out', out, '--url', url, ...args], undefined, 0)
  assert.ok(!options.isCluster)
  const terminal = { isTTY: true, write: (text: string) => screen.push(text) }
  await run(options, (line) => lines.push(line), terminal)
  return { lines, screen: screen.join('') }
}

test('A backup is stored, with progress on the terminal and one line at the end', async () => {
  await using directory = await temporaryDirectory()
  await using backedUp = await openBackedUp(join(directory.path, 'data'))
  await using server = await serve(await backupBytes(backedUp.parts), keyRing(undefined, 'root'))
  const out = join(directory.path, 'new', 'backup')
  const { lines, screen } = await backUp(out, server.url, '--key', 'root')
  assert.equal(lines.length, 1)
  assert.match(lines[0]!, /backup: .* in \d+ files, 1 records of 7 sources .* before 20\d\d-.*Z, [\d.]+ s$/)
  assert.match(screen, /\rreceived: /)
  assert.ok((await readdir(out)).includes('manifest.json'))
})

test('Where there is no backup, a sentence says why, and nothing is left', async () => {
  await using directory = await temporaryDirectory()
  const out = join(directory.path, 'backup')
  await using server = await serve(
    Buffer.from('{"path":"log/1","bytes":9}\nhalf'),
    keyRing(undefined, 'root'),
  )
  await using page = await serve(Buffer.from('<html>\n'))
  await using empty = await serve(Buffer.alloc(0))
  const [cluster] = [buildServer()]
  await cluster.listen({ port: 0, host: '127.0.0.1' })
  const port = await freePort()
  const refusals: [string, RegExp, ...string[]][] = [
    [`http://127.0.0.1:${port}`, /does not answer: .*ECONNREFUSED/],
    [server.url, /answers 401: Send an API key/],
    [server.url, /answers 403: This API key is unknown\./, '--key', 'guessed'],
    [server.url, /ended before the backup was whole/, '--key', 'root'],
    [empty.url, /ended before the backup was whole/],
    [page.url, /is not a backup: it sends "<html>"/],
    [listeningUrl(cluster, '127.0.0.1'), /answers 404: .*servers of their own.*docs\/backup\.md/],
  ]
  for (const [url, message, ...args] of refusals) {
    await assert.rejects(backUp(out, url, ...args), { name: 'Fault', message })
    assert.deepEqual(await readdir(out), [])
  }
  await cluster.close()
})

test('A directory that holds something is left as it is, and no server is asked', async () => {
  await using directory = await temporaryDirectory()
  await writeFile(join(directory.path, 'mine'), '')
  await assert.rejects(backUp(directory.path, 'http://127.0.0.1:1'), /is not empty: name a directory/)
  assert.deepEqual(await readdir(directory.path), ['mine'])
  await assert.rejects(backUp(join(directory.path, 'mine'), 'http://127.0.0.1:1'), /cannot be used: EEXIST/)
})

test('A path below which no folders can be made is refused', {
  skip: process.platform !== 'linux',
}, async () => {
  await assert.rejects(
    backUp('/proc/nowhere', 'http://127.0.0.1:1'),
    /\/proc\/nowhere cannot be used: ENOENT/,
  )
})

test('A second backup into the same directory is refused, and leaves what the first one stores', async () => {
  await using directory = await temporaryDirectory()
  await using backedUp = await openBackedUp(join(directory.path, 'data'))
  const out = join(directory.path, 'backup')
  const bytes = await backupBytes(backedUp.parts)
  const [begun, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await using slow = await serve(bytes, NO_KEYS, async () => {
    begun.resolve()
    await goOn.promise
  })
  await using page = await serve(Buffer.from('<html>\n'))
  const first = backUp(out, slow.url)
  await begun.promise
  await assert.rejects(backUp(out, page.url), /backup is not empty/)
  goOn.resolve()
  await first
  await checkBackup(out, await readManifest(out), () => {})
  assert.ok(!(await readdir(out)).includes('receiving'))
})

test('A disk that takes no more is told of', async () => {
  await using directory = await temporaryDirectory()
  const out = join(directory.path, 'backup')
  await mkdir(out)
  const name = 'n'.repeat(300) // longer than a file may be called, which fails as a full disk does
  await using server = await serve(Buffer.from(`{"path":"${name}","bytes":0}\n`))
  await assert.rejects(backUp(out, server.url), /backup could not be written: ENAMETOOLONG/)
})

test('names every fault of the command line', () => {
  assert.throws(() => parseOptions(['--url', 'ftp://x', 'y'], undefined, 0), {
    name: 'UsageFault',
    message: 'y belongs to no flag\n--url must be an http or https URL\n--out or --into is needed',
  })
  assert.deepEqual(parseOptions(['--out', '/x'], 'k', 0), {
    ...{ isCluster: false, out: '/x', kept: null, url: 'http://localhost:8080', key: 'k' },
  })
  const cluster = ['--out', '/x', '--cluster']
  assert.deepEqual(parseOptions(cluster, 'k', 0), { isCluster: true, out: '/x', kept: null })
  assert.throws(() => parseOptions([...cluster, '--key', 'k'], undefined, 0), /--key is for npm start/)
  assert.deepEqual(parseOptions(['--cluster', '--into', '/x', '--keep', '7'], undefined, 0), {
    ...{ isCluster: true, out: '/x/1970-01-01T00-00-00Z', kept: { folder: '/x', most: 7 } },
  })
  assert.throws(() => parseOptions([...cluster, '--keep', '7'], undefined, 0), /--keep needs --into/)
  assert.throws(() => parseOptions([...cluster, '--into', '/y'], undefined, 0), /exclude each other/)
})
