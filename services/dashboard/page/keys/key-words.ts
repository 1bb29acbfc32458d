// What a key of each role may do on this page, in words. Pure.
import { dateText } from '../format.ts'

type Role = 'write' | 'read' | 'full' | 'admin'
type Need = 'send' | 'read' | 'manage' | 'admin'

/** As the server tells it. */
export type Key = {
  /** Null where nobody needs a key. */
  readonly role: Role | null
  /** Null: of an admin of no tenant. */
  readonly tenant: string | null
  readonly may: readonly Need[]
  readonly expiresAt: string | null
}

type RoleWords = { readonly role: Role; readonly prefix: string; readonly may: string }

/** The prefix is that of keys which `npm run keys` makes; others have none. */
export const ROLE_WORDS: readonly RoleWords[] = [
  { role: 'read', prefix: 'rk_', may: 'look at every number of its tenant, and share them' },
  {
    role: 'full',
    prefix: 'fk_',
    may: 'look at every number, send events, and change titles, notes or milestones',
  },
  { role: 'admin', prefix: 'ak_', may: 'do what full may, and see Operations' },
  { role: 'write', prefix: 'wk_', may: 'send events only: it opens nothing here' },
]
const NEED_WORDS: readonly (readonly [Need, string])[] = [
  ['read', 'look at every number'],
  ['manage', 'change titles, notes or milestones'],
  ['send', 'send events'],
  ['admin', 'see Operations'],
]

/** What a key seems to be, while it is typed; null where nothing tells. */
export function guessText(key: string): string | null {
  const words = wordsOf(key)
  return words === undefined ? null : `A key of the role ${words.role}: it may ${words.may}.`
}

/** Whether it may see the numbers of all tenants together, as far as its prefix tells before the server does. */
export function seemsToSeeAll(key: string | null): boolean {
  return key === null || (wordsOf(key)?.role ?? 'admin') === 'admin'
}

function wordsOf(key: string): RoleWords | undefined {
  return ROLE_WORDS.find(({ prefix }) => key.startsWith(prefix))
}

/** Why a key does not open what it was given for; null if it does. */
export function refusalText({ role, may }: Key, need: 'read' | 'admin'): string | null {
  if (need === 'admin' && !may.includes('admin')) {
    return `This is a key of the role ${role}. Operations needs one of the role admin.`
  }
  if (need === 'read' && !may.includes('read') && !may.includes('admin')) {
    return `This is a key of the role ${role}: it may only send events. Use one of the role read, full or admin.`
  }
  return null
}

export function holderText({ role, tenant }: Key): string {
  const whose = tenant === null ? 'of no tenant' : `of the tenant ${tenant}`
  return role === null ? 'Nobody needs a key here.' : `A key of the role ${role}, ${whose}.`
}

/** What it may, and what it may not: each as one sentence, or null. */
export function rightsTexts({ may }: Key): { readonly may: string | null; readonly mayNot: string | null } {
  const sentence = (start: string, words: readonly string[], last: string) =>
    words.length === 0 ? null : `${start} ${listText(words, last)}.`
  const split = Object.groupBy(NEED_WORDS, ([need]) => (may.includes(need) ? 'may' : 'mayNot'))
  const textsOf = (some: typeof NEED_WORDS = []) => some.map(([, text]) => text)
  return {
    may: sentence('It may', textsOf(split.may), 'and'),
    mayNot: sentence('It may not', textsOf(split.mayNot), 'or'),
  }
}

export function endText({ expiresAt }: Key): string {
  return expiresAt === null ? 'It does not expire.' : `It expires on ${dateText(Date.parse(expiresAt))}.`
}

function listText(words: readonly string[], last: string): string {
  return [words.slice(0, -1).join(', '), words.at(-1)].filter(Boolean).join(` ${last} `)
}
