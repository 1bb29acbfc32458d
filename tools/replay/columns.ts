// Which column of a file holds which field of an event.
import { Fault } from '../../lib/fault.ts'

/** The fields of an event, and the column names that are recognised for each. */
const ALIASES = {
  id: ['id'],
  // Not `source`, which has other meanings in other files.
  source: ['event_source'],
  videoId: ['videoId', 'video_id'],
  time: ['time', 'time_ms'],
  type: ['type'],
  value: ['value'],
  viewerId: ['viewerId', 'viewer_id'],
  channelId: ['channelId', 'channel_id'],
  attributes: ['attributes'],
  tenant: ['tenant'],
} as const

export type Role = keyof typeof ALIASES
export type Columns = Partial<Record<Role, string>>
export const ROLES = Object.keys(ALIASES) as readonly Role[]

export type Layout = {
  readonly columns: Columns
  /** `reviews`: a row is a view with its rating, and a like or a dislike depending on the rating. */
  readonly rule: 'plain' | 'reviews'
}

const REVIEWS: Layout = {
  columns: { videoId: 'vendorId', time: 'date', value: 'rating', viewerId: 'reviewerId' },
  rule: 'reviews',
}
const REVIEWS_HEADER = 'reviewerId,vendorId,rating,date'

export const PRESETS: Readonly<Record<string, Layout>> = { reviews: REVIEWS }

const REQUIRED = ['videoId', 'time'] as const

/**
 * The layout of a file with these columns: the preset or the columns that were named, else the preset that
 * the header gives away, else columns called like the parts. Where rows are `sparse`, `existing` comes from
 * the first one, and only the required parts must be there. Fails with a Fault that lists the columns
 * that exist.
 */
export function chooseLayout(
  existing: readonly string[],
  named: Columns,
  preset: string | null,
  sparse = false,
): Layout {
  const guessed = existing.join(',') === REVIEWS_HEADER && Object.keys(named).length === 0 ? REVIEWS : null
  const layout = preset === null ? guessed : PRESETS[preset]
  const columns = layout?.columns ?? { ...likeNamed(existing, sparse), ...named }
  const faults: string[] = []
  for (const role of ROLES) {
    const column = columns[role]
    const required = REQUIRED.some((one) => one === role)
    if (column === undefined && required) faults.push(`no column for ${role}: use --columns ${role}=…`)
    if (column === undefined) continue
    const found = existing.filter((name) => name === column).length
    if (found === 1 || (found === 0 && sparse && !required)) continue
    faults.push(
      `${role}=${column}: there ${found === 0 ? 'is no column' : `are ${found} columns`} "${column}"`,
    )
  }
  if (faults.length > 0) {
    throw new Fault(`${faults.join('\n')}\nThe columns of this file: ${existing.join(', ')}`)
  }
  return layout ?? { columns, rule: 'plain' }
}

function likeNamed(existing: readonly string[], sparse: boolean): Columns {
  const columns: Columns = {}
  for (const role of ROLES) {
    const found = ALIASES[role].find((name) => existing.includes(name))
    if (found !== undefined) columns[role] = found
    else if (sparse && !REQUIRED.some((one) => one === role)) columns[role] = ALIASES[role][0]
  }
  return columns
}

/** Parses `videoId=…,time=…`. */
export function parseColumns(list: string | null, faults: string[]): Columns {
  const columns: Columns = {}
  for (const pair of list?.split(',') ?? []) {
    const at = pair.indexOf('=')
    const role = pair.slice(0, at) as Role
    if (at > 0 && ROLES.includes(role) && at < pair.length - 1) columns[role] = pair.slice(at + 1)
    else faults.push(`--columns: "${pair}" is not part=column, with one of the parts ${ROLES.join(', ')}`)
  }
  return columns
}
