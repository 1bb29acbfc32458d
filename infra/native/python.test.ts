import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const FETCH = `
  const { fetchPackages } = await import(${JSON.stringify(import.meta.resolve('./python.ts'))})
  const [requirements, directory] = process.argv.slice(1)
  await fetchPackages(requirements, directory).catch(({ code, message }) => console.log(code, message))`

test('a Python that is too old or has no venv is refused with what to install', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tally-python-'))
  try {
    const requirements = join(folder, 'requirements.txt')
    writeFileSync(requirements, '')
    writeFileSync(join(folder, 'python3'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
    const { stdout } = spawnSync(process.execPath, ['-e', FETCH, requirements, join(folder, 'packages')], {
      env: { ...process.env, PATH: folder },
      encoding: 'utf8',
    })
    assert.match(
      stdout,
      /^missing_tool This needs Python 3\.11 or newer, with venv.*apt-get install python3 /,
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
})
