// Parses the command line of npm run keys.
import { anyText, isOn, oneOf, text, texts } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { ROLES, type Role, TENANT, TENANT_RULE } from '../../lib/http/keys/known-key.ts'
import { isOriginPattern, originMeant } from '../../lib/http/origins.ts'
import { DAY_MS } from '../../model/bucket.ts'

const COMMANDS = ['create', 'list', 'revoke'] as const

export type NewKey = {
  readonly role: Role
  /** '' for what was counted while keys were off; null only for admins: nobody's. */
  readonly tenant: string | null
  readonly origins: readonly string[]
  readonly note: string
  readonly expiresMs: number | null
}

export type Options =
  | { readonly command: 'create'; readonly key: NewKey }
  | { readonly command: 'list'; readonly json: boolean }
  | { readonly command: 'revoke'; readonly names: readonly string[] }

export const COMMAND = {
  usage: `npm run keys -- COMMAND [flags]

  create --role ROLE --tenant NAME    makes a key, and prints it this one time
  list                                the keys, without what they are
  revoke NAME…                        ends keys, named as list names them; running servers follow within 2 s`,
  flags: {
    role: oneOf(
      ROLES.join('|'),
      'write: only sends, and may stand in a page; read: only reads; full: both, and titles; admin: all, and /v1/admin',
      null,
      ROLES,
    ),
    tenant: anyText(
      'NAME',
      "whose videos the key is for; '' for those that were counted without keys; an admin key may do without",
    ),
    origin: texts(
      'ORIGIN',
      'pages that may use it: https://a.example or https://*.a.example; may be repeated',
    ),
    expires: text('WHEN', 'when it ends: 30d, or a time like 2027-01-31T00:00:00Z (default: never)'),
    note: text('TEXT', 'what list shows of it', ''),
    json: isOn('of list: JSON, one key a line'),
  },
  takesOperands: true,
  notes: 'Keys are kept in KEYS_FILE (default DATA_DIR/keys.json), which all servers of a deployment read.',
}

const NOTE_CHARS_MAX = 128
const DAYS = /^([1-9]\d{0,4})d$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], nowMs: number): Options {
  const read = new FlagsReader(COMMAND, args)
  const { values, operands, faults } = read
  const [word = '', ...names] = operands
  const command = COMMANDS.find((known) => known === word)
  if (command === undefined) faults.unshift(`name one of ${COMMANDS.join(', ')}, not ${JSON.stringify(word)}`)
  const { role, tenant, note } = values
  read.refuseIf(
    command === 'revoke' && names.length === 0,
    'revoke needs the names of keys, as list shows them',
  )
  read.refuseIf(command !== 'revoke' && names.length > 0, `${word} takes no names`)
  const expiresMs = values.expires === null ? null : timeOf(values.expires, nowMs)
  if (command === 'create') {
    read.refuseIf(role === null && !read.isGiven('role'), `create needs --role ${ROLES.join('|')}`)
    read.refuseIf(tenant === null && role !== 'admin', 'create needs --tenant')
    read.refuseIf(tenant !== null && tenant !== '' && !TENANT.test(tenant), `--tenant: ${TENANT_RULE}`)
    faults.push(...values.origin.flatMap(originFaults))
    read.refuseIf(note.length > NOTE_CHARS_MAX, `--note has at most ${NOTE_CHARS_MAX} characters`)
    read.refuseIf(expiresMs !== null && !(expiresMs > nowMs), '--expires is days like 30d, or a time to come')
  }
  read.check()
  switch (command!) {
    case 'create':
      return { command: 'create', key: { role: role!, tenant, origins: values.origin, note, expiresMs } }
    case 'list':
      return { command: 'list', json: values.json }
    case 'revoke':
      return { command: 'revoke', names }
  }
}

function originFaults(origin: string): string[] {
  if (isOriginPattern(origin)) return []
  const meant = originMeant(origin)
  const advice = meant === null ? 'write https://a.example or https://*.a.example' : `browsers write ${meant}`
  return [`--origin ${JSON.stringify(origin)} is not an origin: ${advice}`]
}

/** Not a number where the text is none of the two forms. */
function timeOf(text: string, nowMs: number): number {
  const days = DAYS.exec(text)?.[1]
  if (days !== undefined) return nowMs + Number(days) * DAY_MS
  return TIME.test(text) ? Date.parse(text) : Number.NaN
}
