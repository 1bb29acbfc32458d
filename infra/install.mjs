// Installs the locked dependencies, and the pinned Node among them, when they are missing, damaged or no longer those
// of the lockfile. Runs on the machine's own Node (20 or newer), before anything that needs the pinned one. The
// user's npm settings (production, no scripts, no optional packages) must not prevent the project from starting.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const stamp = join(modules, '.tally-installed')
const isWindows = process.platform === 'win32'

/** Stronger than the environment and every .npmrc. Nothing that runs on a common platform needs an install script. */
const NPM_FLAGS = [
  ...['--include=dev', '--include=optional', '--include=peer', '--bin-links', '--package-lock'],
  ...['--dry-run=false', '--global=false', '--install-strategy=hoisted', '--engine-strict=false'],
  ...['--no-audit', '--no-fund', '--loglevel=error'],
]
/** Compiled code, which is usable only if it was loaded once on this machine. */
const NATIVE = ['classic-level', '@duckdb/node-api']
const PROBE = `await Promise.all(${JSON.stringify(NATIVE)}.map((name) => import(name)))`
const FAULT_LINES_MAX = 8
/** The first version that runs TypeScript directly, and reads what the pinned one writes. */
const NODE_MAJOR_MIN = 26

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')

if (!isInstalled()) install()

/**
 * The stamp records what was installed successfully, and the number of files: fewer files mean a damaged
 * installation.
 */
function isInstalled() {
  try {
    const { lock, files } = JSON.parse(readFileSync(stamp, 'utf8'))
    return lock === wanted && filesIn(modules) >= files
  } catch {
    return false // none, or one of an older form
  }
}

function install() {
  console.error('installing dependencies (once) …')
  rmSync(stamp, { force: true })
  npm('npm ci', ['ci', ...NPM_FLAGS], 'Is the npm registry within reach?')
  const fault = faultOfNode()
  if (fault !== null) fail(fault)
  if (faultOfCompiled() !== null) {
    // No prebuilt binary exists for this platform: the packages that the project allows may build theirs.
    npm('npm rebuild', ['rebuild', 'classic-level', '--ignore-scripts=false', '--loglevel=error'], '')
    const lasting = faultOfCompiled()
    if (lasting !== null) fail(lasting)
  }
  buildSdk()
  writeFileSync(stamp, JSON.stringify({ lock: wanted, files: filesIn(modules) }))
}

/** So that a script in the clone can import `@tally/sdk`, as its users do. The project itself needs no build. */
function buildSdk() {
  spawnSync(process.execPath, [join(root, 'sdk', 'build.mjs')], { stdio: ['ignore', 'ignore', 'inherit'] })
}

function npm(what, args, hint) {
  const { status, error } = spawnSync(isWindows ? 'npm.cmd' : 'npm', args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: isWindows,
  })
  if (status !== 0) fail(`${what} failed${error ? `: ${error.message}` : ''}. ${hint}`)
}

/** What is wrong with the Node that the scripts will find, as a message; null if nothing is. */
function faultOfNode() {
  const { stdout } = asScriptsDo(['--version'])
  const version = /^v(\d+)\.\S+/.exec(stdout ?? '')
  if (Number(version?.[1]) >= NODE_MAJOR_MIN) return null
  return (
    `npm has no Node that runs on ${process.platform}-${process.arch}, and your own ` +
    `${version === null ? 'does not run' : `is ${version[0]}`}: ` +
    `install Node ${NODE_MAJOR_MIN} or newer from https://nodejs.org and start again.`
  )
}

function faultOfCompiled() {
  const { status, stderr, error } = asScriptsDo(['--input-type=module', '--eval', PROBE])
  if (status === 0) return null
  const why = (error?.message ?? stderr).trim().split('\n').slice(0, FAULT_LINES_MAX).join('\n  ')
  return `compiled parts of the dependencies do not load on ${process.platform}-${process.arch}:\n  ${why}`
}

function asScriptsDo(args) {
  const PATH = [join(modules, '.bin'), process.env.PATH].join(delimiter)
  const env = { ...process.env, PATH, NODE_OPTIONS: '' }
  return spawnSync('node', args, { cwd: root, env, encoding: 'utf8' })
}

function filesIn(folder) {
  let files = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === '.cache') continue // grows and shrinks as tools like
    files += entry.isDirectory() ? filesIn(join(folder, entry.name)) : 1
  }
  return files
}

function fail(why) {
  console.error(`tally: ${why}`)
  process.exit(1)
}
