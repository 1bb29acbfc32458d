// Runs the README's first commands in a new clone, on the machine's own Node: with different npm settings that leave
// out packages, and again after half of the installed packages were removed.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const VISIBLE_WITHIN_MS = 60_000
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tally-quick-start-'))

/** Settings as in a user's own .npmrc. */
const SPARSE = 'ignore-scripts=true\nomit[]=dev\nomit[]=optional\nbin-links=false\n'

try {
  const first = newClone('first')
  await tryOut(first, { NODE_ENV: 'production' })
  console.log('a bare clone starts, counts, answers and stops, in production too')

  damage(join(first, 'node_modules'))
  await tryOut(first, {})
  console.log('and again with half of its dependencies gone')

  const userconfig = join(folder, 'npmrc')
  writeFileSync(userconfig, SPARSE)
  const own = { npm_config_ignore_scripts: 'true', npm_config_userconfig: userconfig }
  await tryOut(newClone('second'), own)
  console.log('and where npm is to run no scripts and to leave out what it can')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function newClone(name) {
  const clone = join(folder, name)
  const cloned = spawnSync('git', ['clone', '--quiet', root, clone], { stdio: 'inherit' })
  if (cloned.status !== 0) throw new Error('git clone failed')
  return clone
}

/** Removes every second package; the stamp of the installation stays. */
function damage(modules) {
  const packages = readdirSync(modules).filter((name) => !name.startsWith('.'))
  for (const [at, name] of packages.entries()) {
    if (at % 2 === 0) rmSync(join(modules, name), { recursive: true })
  }
}

async function tryOut(clone, environment) {
  const server = spawn('npm', ['start'], {
    cwd: clone,
    env: { ...process.env, ...environment, PORT: '0', DATA_DIR: mkdtempSync(join(folder, 'data-')) },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // npm and the server are one group, to be stopped as one
  })
  const exited = new Promise((resolve) => server.once('exit', (code) => resolve(code)))
  try {
    const url = await readyUrl(server)
    await countOne(url)
  } finally {
    process.kill(-server.pid, 'SIGTERM')
  }
  const code = await exited
  if (code !== 0) throw new Error(`npm start ended with code ${code} after SIGTERM`)
}

async function readyUrl(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const ready = /^ready (http:\S+)$/.exec(line)
    if (ready !== null) return ready[1]
  }
  throw new Error('npm start ended before it was ready')
}

async function countOne(url) {
  const event = { id: 'first', videoId: 'cats', type: 'view', time: Date.now(), value: 12.5 }
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers,
    body: JSON.stringify([event, event]),
  })
  if (answer.status !== 202) throw new Error(`POST /v1/events: ${answer.status} ${await answer.text()}`)
  const deadlineMs = Date.now() + VISIBLE_WITHIN_MS
  let stats
  do {
    stats = await (await fetch(`${url}/v1/videos/cats/stats?eventType=view&function=count`)).json()
    if (stats.value === 1) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  } while (Date.now() < deadlineMs)
  throw new Error(`two copies of one event count ${stats.value}, not 1`)
}
