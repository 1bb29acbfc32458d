// Go, for the examples in it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../../infra/native/run-program.ts'
import { PROGRAMS } from './product.ts'

/** Its own installation puts nothing on the PATH. */
const PLACES = ['', '/usr/local/go/bin/']

/** Go changes nothing in go.mod, fetches no other Go, and keeps what it fetches with the programs of examples. */
const ENVIRONMENT = {
  GOFLAGS: '-mod=readonly -modcacherw -buildvcs=false',
  GOTOOLCHAIN: 'local',
  GOCACHE: join(PROGRAMS, 'go-build'),
  GOMODCACHE: join(PROGRAMS, 'go-modules'),
}

/** Runs `go` or `gofmt` in the folder, and returns what it printed. */
type Go = (program: 'go' | 'gofmt', ...args: readonly string[]) => Promise<string>
type Found = { readonly go: Go } | { readonly missing: string }

/** A Go that knows the version of the language that the module in the folder is written in. */
export async function findGo(folder: string): Promise<Found> {
  const asked = /^go (\S+)$/m.exec(await readFile(join(folder, 'go.mod'), 'utf8'))![1]!
  for (const place of PLACES) {
    const go: Go = (program, ...args) =>
      runProgram(`${place}${program}`, args, { cwd: folder, environment: ENVIRONMENT })
    const found = await go('go', 'env', 'GOVERSION').catch(() => '')
    if (isAtLeast(found, asked)) return { go }
  }
  return { missing: `there is no Go ${asked} or newer, on the PATH or in ${PLACES[1]}` }
}

/** `found` as in go1.26.8, `asked` as in 1.23.0. */
function isAtLeast(found: string, asked: string): boolean {
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(found) ?? []
  const [askedMajor, askedMinor] = asked.split('.')
  return Number(major) > Number(askedMajor) || (major === askedMajor && Number(minor) >= Number(askedMinor))
}
