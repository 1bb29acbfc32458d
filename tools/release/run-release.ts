// Makes the files of a release.
import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Fault } from '../../lib/fault.ts'
import { makeFolders } from '../../lib/make-folders.ts'
import { entryFault } from './changelog.ts'
import type { Options } from './release-options.ts'
import { type Lockfile, sbomOf } from './sbom.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const CHECKSUMS = 'SHA256SUMS'
const execute = promisify(execFile)

/** Fails with a Fault. */
export async function run(
  { isTrial, out }: Options,
  print: (line: string) => void,
  nowMs: number,
  root = ROOT,
): Promise<void> {
  const lockfile = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as Lockfile
  const version = lockfile.packages['']!.version!
  const fault = entryFault(await readFile(join(root, 'CHANGELOG.md'), 'utf8'), version, isTrial)
  if (fault !== null) throw new Fault(`${fault}.`)
  const { stdout: changed } = await execute('git', ['status', '--porcelain'], { cwd: root })
  if (changed !== '' && !isTrial) throw new Fault(`Something is not committed:\n${changed.trimEnd()}`)
  const directory = resolve(root, out)
  await prepare(directory)

  await execute('npm', ['pack', '--pack-destination', directory], { cwd: join(root, 'sdk') })
  const sources = join(directory, `tally-${version}.tar.gz`)
  await execute('git', ['archive', `--prefix=tally-${version}/`, '-o', sources, 'HEAD'], { cwd: root })
  const made = { serialNumber: `urn:uuid:${randomUUID()}`, timestamp: new Date(nowMs).toISOString() }
  const sbom = `${JSON.stringify(sbomOf(lockfile, made), null, 2)}\n`
  await writeFile(join(directory, `tally-${version}.cdx.json`), sbom)

  const names = (await readdir(directory)).sort()
  const sums = await Promise.all(
    names.map(async (name) => `${await sha256(join(directory, name))}  ${name}\n`),
  )
  await writeFile(join(directory, CHECKSUMS), sums.join(''))
  print(`${directory}: ${[...names, CHECKSUMS].join(', ')}`)
  for (const command of publishing(version, directory, names))
    print(isTrial ? `would be next: ${command}` : command)
}

async function prepare(directory: string): Promise<void> {
  try {
    await makeFolders(directory)
    if ((await readdir(directory)).length === 0) return
  } catch (error) {
    throw new Fault(`${directory} cannot be used: ${(error as Error).message}`)
  }
  throw new Fault(`${directory} is not empty: name a directory that is, or that does not exist yet.`)
}

function publishing(version: string, directory: string, names: readonly string[]): string[] {
  const sdk = names.find((name) => name.endsWith('.tgz'))!
  return [
    `git tag -s v${version} -m v${version} && git push origin v${version}`,
    `npm publish ${join(directory, sdk)} --access public`,
    `docker build -t tally:${version} .`,
  ]
}

async function sha256(path: string): Promise<string> {
  const digest = createHash('sha256')
  await pipeline(createReadStream(path), digest)
  return digest.digest('hex')
}
