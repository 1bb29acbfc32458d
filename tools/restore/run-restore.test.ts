import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { receiveBackup } from '../../stores/backup/receive-backup.ts'
import { readManifest, restoreBackup } from '../../stores/backup/restore-backup.ts'
import { openDataDirectory } from '../../stores/disk/data-directory.ts'
import { backupBytes, makeBackup, openBackedUp, piecesOf } from '../../testing/backup-fixture.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { parseOptions } from './restore-options.ts'
import { run } from './run-restore.ts'

const SILENT = { write() {} }

async function restore(from: string, to: string): Promise<string[]> {
  const lines: string[] = []
  const { dataDirectory } = parseOptions(['--from', from, '--data-dir', to])
  await run({ from, dataDirectory: dataDirectory! }, (line) => lines.push(line), SILENT)
  return lines
}

/** Directories of a test: the first holds what the second is a backup of. */
async function directories(path: string) {
  const [data, backup, target] = ['data', 'backup', 'target'].map((name) => join(path, name)) as [
    string,
    string,
    string,
  ]
  await makeBackup(data, backup)
  return { data, backup, target }
}

test('A restored directory holds what was backed up, and a process goes on from there', async () => {
  await using directory = await temporaryDirectory()
  const { data, backup, target } = await directories(directory.path)
  const [line] = await restore(backup, target)
  assert.match(line!, /1 records of 7 sources of the log, everything acknowledged before 20/)
  await using restored = await openBackedUp(target) // which appends one more
  const [, source] = await restored.log.sources('events')
  const { records } = await restored.log.read(source!, 0, { bytesMax: 1_000, waitMs: 0 })
  assert.deepEqual(
    records.map(({ bytes }) => Buffer.from(bytes).toString()),
    ['a record', 'a record'],
  )
  assert.equal(restored.log.state, 'sound')
  for (const [folder, file] of [
    ['archive', 'date=2026-11-30/hour=02/events.aa-0.0-1.00000000.parquet'],
    ['overflow', 'overflow/aa-0/one'],
  ] as const) {
    const [made, held] = [join(target, folder, file), join(data, folder, file)]
    assert.deepEqual(await readFile(made), await readFile(held))
  }
})

test('Nobody else may read a backup, or what is restored of it', async () => {
  await using directory = await temporaryDirectory()
  const { backup, target } = await directories(directory.path)
  await restore(backup, target)
  const open: string[] = []
  for (const root of [backup, join(target, 'archive')]) {
    for (const name of await readdir(root, { recursive: true })) {
      if (((await stat(join(root, name))).mode & 0o077) !== 0) open.push(name)
    }
  }
  assert.deepEqual(open, [])
  assert.equal((await stat(target)).mode & 0o077, 0)
})

test('A backup that was changed is refused, and every file that differs is named', async () => {
  await using directory = await temporaryDirectory()
  const { backup, target } = await directories(directory.path)
  const log = join(backup, 'log', '00000000.zst')
  const bytes = await readFile(log)
  bytes[bytes.length >> 1]! ^= 1
  await writeFile(log, bytes)
  await rm(join(backup, 'archive/checkpoints/aa-0.json'))
  await writeFile(join(backup, 'format'), '1\n1\n')
  await assert.rejects(restore(backup, target), ({ message }: Error) => {
    assert.match(message, /^log\/00000000\.zst was changed: it does not match its checksum$/m)
    assert.match(message, /^archive\/checkpoints\/aa-0\.json is missing$/m)
    assert.match(message, /^format has 4 bytes instead of 2$/m)
    assert.match(message, /Nothing was restored/)
    return true
  })
  await assert.rejects(stat(target), { code: 'ENOENT' })
})

test('A backup without its last file, or of a newer version, is refused', async () => {
  await using directory = await temporaryDirectory()
  const { backup, target } = await directories(directory.path)
  const manifest = join(backup, 'manifest.json')
  const text = await readFile(manifest, 'utf8')
  await writeFile(manifest, text.replace('"format": 1', '"format": 9'))
  await assert.rejects(restore(backup, target), /manifest\.json was written by a newer version/)
  await rm(manifest)
  await assert.rejects(restore(backup, target), /no whole backup in .*manifest\.json is missing/)
  await assert.rejects(restore(join(directory.path, 'nowhere'), target), /nowhere does not exist/)
})

test('A directory that holds something is left as it is', async () => {
  await using directory = await temporaryDirectory()
  const { backup, data } = await directories(directory.path)
  const before = await readdir(data)
  await assert.rejects(restore(backup, data), /data is not empty/)
  assert.deepEqual(await readdir(data), before)
  await assert.rejects(restore(backup, join(backup, 'format')), /format is a file: name a directory/)
  const foreign = join(directory.path, 'foreign')
  for (const name of ['restoring', 'counts', 'films']) await mkdir(join(foreign, name), { recursive: true })
  await assert.rejects(restore(backup, foreign), /foreign is not empty/)
  assert.deepEqual((await readdir(foreign)).length, 3)
})

test('No process starts on what a killed restore has left, and a second restore makes it whole', async () => {
  await using directory = await temporaryDirectory()
  const { backup, target } = await directories(directory.path)
  await restore(backup, target)
  await mkdir(join(target, 'restoring'))
  await rename(join(target, 'counts'), join(target, 'restoring', 'counts'))
  await assert.rejects(openDataDirectory(target), {
    code: 'damaged',
    message: /was not restored to its end in .*: run npm run restore again/,
  })
  await restore(backup, target)
  assert.ok((await openDataDirectory(target)).isUsed)
})

test('Of two restores into one directory at once only one goes on', async () => {
  await using directory = await temporaryDirectory()
  const { backup, target } = await directories(directory.path)
  const manifest = await readManifest(backup)
  const refusals: unknown[] = []
  let second: Promise<void> | null = null
  await restoreBackup(backup, manifest, target, () => {
    second ??= restoreBackup(backup, manifest, target, () => {}).catch((error) => void refusals.push(error))
  })
  await second
  assert.match(String(refusals), /^Fault: Another restore is at work in .*target: let it end\.$/)
  assert.ok((await openDataDirectory(target)).isUsed)
  await assert.rejects(
    restoreBackup(backup, manifest, target, () => {}),
    /target is not empty/,
  )
  assert.ok((await openDataDirectory(target)).isUsed)
})

test('A backup that was cut off on its way, or changed, is none', async () => {
  await using directory = await temporaryDirectory()
  const out = (name: string) => join(directory.path, name)
  let bytes: Buffer
  {
    await using backedUp = await openBackedUp(out('data'))
    bytes = await backupBytes(backedUp.parts)
  }
  for (const length of [0, 1_000, bytes.length - 1]) {
    const cut = receiveBackup(piecesOf(bytes.subarray(0, length)), out(`cut-${length}`), () => {})
    await assert.rejects(cut, /ended before the backup was whole/)
  }
  const changed = Buffer.from(bytes)
  changed[changed.indexOf('an object')]! ^= 1
  await assert.rejects(
    receiveBackup(piecesOf(changed), out('changed'), () => {}),
    /was changed on its way: overflow\/overflow\/aa-0\/one/,
  )
})

test('names every fault of the command line', () => {
  assert.throws(() => parseOptions(['--colour']), {
    name: 'UsageFault',
    message: 'there is no flag --colour\n--from is needed\n--data-dir or --cluster is needed',
  })
})

test('a cluster has no data directory', () => {
  assert.deepEqual(parseOptions(['--from', '/x', '--cluster']), { from: '/x', dataDirectory: null })
  assert.throws(() => parseOptions(['--from', '/x', '--cluster', '--data-dir', '/y']), {
    message: '--data-dir is for npm start, and --cluster is not',
  })
})

test('A relative path is refused where npm does not work in the folder of the caller', (context) => {
  const before = process.env.INIT_CWD
  context.after(() => {
    if (before === undefined) delete process.env.INIT_CWD
    else process.env.INIT_CWD = before
  })
  process.env.INIT_CWD = '/elsewhere'
  const args = ['--from', 'backup', '--data-dir', './data']
  assert.throws(() => parseOptions(args), {
    message: new RegExp(
      `^--from backup is relative, and npm works in ${process.cwd()}, not in /elsewhere: write the whole path
--data-dir \\./data is relative`,
    ),
  })
  assert.equal(parseOptions(['--from', '/backup', '--data-dir', '/data']).from, '/backup')
  process.env.INIT_CWD = process.cwd()
  assert.equal(parseOptions(args).from, 'backup')
})
