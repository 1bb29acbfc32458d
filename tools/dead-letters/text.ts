// Letters as text for a terminal. Pure. The content of letters is shown as plain text, without control characters.
import type { Decoded, Letter, LetterDetail } from './admin-api.ts'

const GAP = '  '
const HEX_BYTES_A_LINE = 16
const HEX_LINES_MAX = 32

/** Columns as wide as their widest cell; the last one is not padded. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows].map((row) => row.map(printable))
  const widths = header.map((_, column) => Math.max(...lines.map((row) => row[column]!.length)))
  return lines
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n')
}

export function letterTable(letters: readonly Letter[]): string {
  return table(
    ['ID', 'STATE', 'PUT ASIDE', 'REASON', 'KIND', 'VIDEO', 'TYPE', 'EVENT'],
    letters.map(({ id, state, keptAt, reason, origin, event }) => {
      const field = (name: string) => String(event?.[name] ?? '–')
      return [id, state, keptAt, reason, origin, field('videoId'), field('type'), field('id')]
    }),
  )
}

export function letterText(letter: LetterDetail): string {
  const { id, state, reason, origin, keptAt, lastAct } = letter
  const place = `source ${letter.source}, offset ${letter.offset}${letter.index < 0 ? '' : `, event ${letter.index}`}`
  const facts: [string, string][] = [
    ['id', id],
    ['state', state],
    ['reason', reason],
    ['kind', origin],
    ['put aside', keptAt],
    ['came from', `${place}, logged ${letter.logTime}`],
    ['last act', lastAct === null ? 'none' : actText(lastAct)],
  ]
  const about = facts.map(([name, value]) => `${name.padEnd(10)} ${printable(value)}`)
  return [...about, '', ...decodedLines(letter.decoded), '', ...hexLines(letter)].join('\n')
}

export function outcomeText({ state, lastAct }: Letter): string {
  const outcome = lastAct?.outcome
  if (outcome === undefined) return state
  const { accepted, late, faults } = outcome
  const [first] = faults
  const but = first === undefined ? '' : `, but ${printable(`${first.code}: ${first.detail}`)}`
  return `${state}: ${accepted} stored${late > 0 ? `, ${late} of them late` : ''}${but}`
}

/** Escapes control characters and direction marks. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)
}

function actText({ act, time, by, reason }: NonNullable<Letter['lastAct']>): string {
  return `${act} ${time}${by === null ? '' : ` by ${by}`}${reason === undefined ? '' : `: ${reason}`}`
}

function decodedLines(decoded: Decoded | null): string[] {
  switch (decoded?.kind) {
    case undefined:
      return ['nothing is known of its bytes']
    case 'row':
      return ['the row that the store refused', `  ${printable(JSON.stringify(decoded.row))}`]
    case 'event':
      return eventLines(decoded)
    case 'record': {
      const { announced, found, readable, brokeAt, events } = decoded
      const broken = brokeAt === null ? '' : `; it breaks at byte ${brokeAt.byte}`
      const head = `a record of ${announced ?? '?'} events: ${found} are there, ${readable} can be read${broken}`
      const shown = events.map(
        ({ index, fault, event }) => `  ${index}  ${fault ?? 'ok'}  ${printable(JSON.stringify(event))}`,
      )
      return [head, ...shown, ...(found > shown.length ? [`  … and ${found - shown.length} more`] : [])]
    }
  }
}

function eventLines({ fault, tenant, event, brokeAt }: Extract<Decoded, { kind: 'event' }>): string[] {
  const verdict =
    fault === null ? 'an event that can be read today' : `an event that cannot be read: ${fault}`
  const broken =
    brokeAt === null ? [] : [`it breaks at byte ${brokeAt.byte}, where ${brokeAt.field} was expected`]
  const fields = Object.entries({ ...(tenant !== null && { tenant }), ...event })
  return [
    [verdict, ...broken].join('; '),
    ...fields.map(([name, value]) => `  ${name.padEnd(10)} ${printable(JSON.stringify(value))}`),
  ]
}

function hexLines({ base64, byteLength }: LetterDetail): string[] {
  const bytes = Buffer.from(base64, 'base64')
  const count = Math.min(Math.ceil(bytes.length / HEX_BYTES_A_LINE), HEX_LINES_MAX)
  const lines = Array.from({ length: count }, (_, line) => {
    const at = line * HEX_BYTES_A_LINE
    const part = bytes.subarray(at, at + HEX_BYTES_A_LINE)
    const hex = Array.from(part, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = part.toString('latin1').replace(/[^\x20-\x7e]/g, '.')
    return `${at.toString(16).padStart(6, '0')}  ${hex.padEnd(3 * HEX_BYTES_A_LINE - 1)}  ${text}`
  })
  const omitted = byteLength - Math.min(bytes.length, count * HEX_BYTES_A_LINE)
  return omitted > 0 ? [...lines, `… and ${omitted} bytes more: see --json`] : lines
}
