// Builds what is published: dist/*.js and dist/*.d.ts from src/*.ts. Runs on the machine's own Node (20 or newer),
// because npm runs it before it packs.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sdk = fileURLToPath(new URL('.', import.meta.url))
const dist = join(sdk, 'dist')
const tsc = join(sdk, '../node_modules/typescript/bin/tsc')

/** In a declaration the compiler leaves the names of sources, which are not published. */
const SOURCE_NAME = /((?:from |import\()['"]\.{1,2}\/[^'"]+)\.ts(?=['"])/g

/** Before 5.7 TypeScript knew no buffer of a byte array. */
const BUFFER_OF_BYTES = /\bUint8Array<ArrayBuffer(Like)?>/g

rmSync(dist, { recursive: true, force: true })
for (const project of ['tsconfig.build.json', 'tsconfig.node.json']) {
  const { status, error } = spawnSync(process.execPath, [tsc, '-p', join(sdk, project)], {
    stdio: ['ignore', 2, 2], // npm pack prints the name of its file on the standard output
  })
  if (status !== 0) {
    console.error(`tally: the SDK cannot be built${error ? `: ${error.message}` : ''}`)
    process.exit(1)
  }
}
for (const name of readdirSync(dist, { recursive: true })) {
  if (!name.endsWith('.d.ts')) continue
  const path = join(dist, name)
  const declared = readFileSync(path, 'utf8')
  writeFileSync(path, declared.replace(SOURCE_NAME, '$1.js').replace(BUFFER_OF_BYTES, 'Uint8Array'))
}
