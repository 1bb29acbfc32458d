// Does what the README's first lines tell a newcomer, in a new clone, on the machine's own Node.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const VISIBLE_WITHIN_MS = 20_000
const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'tally-quick-start-'))

try {
  const clone = join(folder, 'tally')
  const cloned = spawnSync('git', ['clone', '--quiet', root, clone], { stdio: 'inherit' })
  if (cloned.status !== 0) throw new Error('git clone failed')
  await tryOut(clone)
  console.log('a bare clone starts, counts, answers and stops')
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function tryOut(clone) {
  const server = spawn('npm', ['start'], {
    cwd: clone,
    env: { ...process.env, PORT: '0', DATA_DIR: join(folder, 'data') },
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
