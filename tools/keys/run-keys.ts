// Makes, lists and revokes API keys in the keys file.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { readKeysFile } from '../../lib/http/keys/filed-keys.ts'
import { type FiledKey, nameOfFiled } from '../../lib/http/keys/keys-file.ts'
import { digestOf, type Role } from '../../lib/http/keys/known-key.ts'
import { changeKeysFile } from './change-keys-file.ts'
import type { NewKey, Options } from './keys-options.ts'

/** 192 bits: nobody finds a key by trying, whatever can be tried in a second. */
const KEY_BYTES = 24
const PREFIXES: Readonly<Record<Role, string>> = { write: 'wk_', read: 'rk_', full: 'fk_', admin: 'ak_' }
const KEYS_MAX = 10_000

export type Output = {
  /** What a script may read. */
  readonly print: (line: string) => void
  /** What is said to a person beside it. */
  readonly say: (line: string) => void
}

/** Fails with a Fault. */
export async function run(path: string, options: Options, clock: Clock, output: Output): Promise<void> {
  switch (options.command) {
    case 'create':
      return create(path, options.key, clock, output)
    case 'list':
      return list(await readKeysFile(path), options.json, clock.nowMs(), output)
    case 'revoke':
      return revoke(path, options.names, clock, output)
  }
}

async function create(path: string, wanted: NewKey, clock: Clock, { print, say }: Output): Promise<void> {
  const key = `${PREFIXES[wanted.role]}${randomBytes(KEY_BYTES).toString('base64url')}`
  const { role, tenant, origins, note, expiresMs } = wanted
  const filed: FiledKey = {
    sha256: digestOf(key).toString('hex'),
    ...{ role, tenant, origins, note },
    createdAt: textOf(clock.nowMs()),
    expiresAt: expiresMs === null ? null : textOf(expiresMs),
    revokedAt: null,
  }
  await changeKeysFile(path, clock, (keys) => {
    if (keys.length >= KEYS_MAX) throw new Fault(`${path} holds ${KEYS_MAX} keys, and may hold no more.`)
    return [...keys, filed]
  })
  const kind = role === 'admin' ? 'an admin key' : `a ${role} key`
  say(`${nameOfFiled(filed)}: ${kind} of ${ownerOf(tenant)}, which is shown this one time:`)
  print(key)
  if (role === 'write' && origins.length === 0) {
    say('No page may use it, since it has no --origin: it is for apps and servers that only send.')
  }
}

function list(keys: readonly FiledKey[], json: boolean, nowMs: number, { print, say }: Output): void {
  if (keys.length === 0) say('There are no keys.')
  for (const key of keys) {
    const { sha256: _, ...shown } = key
    const state = stateOf(key, nowMs)
    const line = [nameOfFiled(key), state, key.role, ownerOf(key.tenant), key.origins.join(' '), key.note]
    print(
      json
        ? JSON.stringify({ name: nameOfFiled(key), state, ...shown })
        : line.filter((part) => part !== '').join('  '),
    )
  }
}

async function revoke(
  path: string,
  names: readonly string[],
  clock: Clock,
  { print }: Output,
): Promise<void> {
  const revokedAt = textOf(clock.nowMs())
  await changeKeysFile(path, clock, (keys) => {
    const unknown = names.filter((name) => !keys.some((key) => nameOfFiled(key) === name))
    if (unknown.length > 0)
      throw new Fault(`There is no key ${unknown.join(', ')}: see npm run keys -- list.`)
    return keys.map((key) =>
      names.includes(nameOfFiled(key)) ? { ...key, revokedAt: key.revokedAt ?? revokedAt } : key,
    )
  })
  for (const name of names) print(`revoked ${name}`)
}

function stateOf({ revokedAt, expiresAt }: FiledKey, nowMs: number): string {
  if (revokedAt !== null) return `revoked ${revokedAt}`
  if (expiresAt === null) return 'in force'
  return Date.parse(expiresAt) <= nowMs ? `expired ${expiresAt}` : `until ${expiresAt}`
}

function ownerOf(tenant: string | null): string {
  if (tenant === null) return 'no tenant'
  return tenant === '' ? 'the default tenant' : `tenant ${tenant}`
}

function textOf(ms: number): string {
  return new Date(ms).toISOString()
}
