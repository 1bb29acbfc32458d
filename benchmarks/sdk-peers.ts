// The client libraries that the SDK is measured beside, installed when a command asks for them: the versions of the
// lockfile here, into a cache that no other command reads. They are no dependencies of the project.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const HERE = fileURLToPath(new URL('./sdk-peers/', import.meta.url))
const CACHE = fileURLToPath(new URL('../node_modules/.cache/sdk-peers/', import.meta.url))
const STAMP = join(CACHE, 'installed-lock.json')
const FILES = ['package.json', 'package-lock.json']
const NPM_FLAGS = [
  '--ignore-scripts',
  '--omit=dev',
  '--no-audit',
  '--no-fund',
  '--loglevel=error',
  '--workspaces=false',
]

/** Needs the npm registry the first time, and after the lockfile changed. */
export function installPeers(): void {
  const lock = readFileSync(join(HERE, 'package-lock.json'), 'utf8')
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === lock) return
  console.error('installing the client libraries to compare with (once) …')
  mkdirSync(CACHE, { recursive: true })
  for (const file of FILES) cpSync(join(HERE, file), join(CACHE, file))
  const { status } = spawnSync('npm', ['ci', ...NPM_FLAGS], {
    cwd: CACHE,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0)
    throw new Error('the client libraries cannot be installed: is the npm registry within reach?')
  writeFileSync(STAMP, lock)
}

const peerRequire = createRequire(join(CACHE, 'package.json'))

/** An installed library, without types: they are not there when the project is checked. */
// biome-ignore lint/suspicious/noExplicitAny: see above
export function peer(name: string): any {
  return peerRequire(name)
}
