// A directory for one test, removed with its content, and with the mark that a database leaves beside it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type TemporaryDirectory = AsyncDisposable & { readonly path: string }

export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'tally-test-'))
  const remove = async () => {
    for (const made of [path, `${path}.mark`]) await rm(made, { recursive: true, force: true })
  }
  return { path, [Symbol.asyncDispose]: remove }
}
