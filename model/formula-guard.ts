// Spreadsheets run text that begins like a formula (OWASP, CSV Injection). In CSV such text gets an apostrophe before
// it. Numbers are never touched, so a negative sum stays a number. Pure.

/** What a formula may begin with; a sheet takes the full-width forms for the same. */
export const FORMULA_STARTS = '=+-@\t\r\n＝＋－＠'
export const FORMULA_GUARD = "'"

/**
 * A file that is to be read back says in a column of this name which cells of a row have an apostrophe before them:
 * the names of their columns, a blank between. So text that begins with an apostrophe of its own keeps it.
 */
export const GUARDED_COLUMN = 'formula_guarded'

export function guarded(text: string): string {
  return text !== '' && FORMULA_STARTS.includes(text[0]!) ? FORMULA_GUARD + text : text
}

/** The cells of a row as they were before. */
export function unguarded(columns: readonly string[], cells: readonly string[], named: string): string[] {
  const touched = named.split(' ')
  return cells.map((cell, at) => {
    return touched.includes(columns[at]!) && cell.startsWith(FORMULA_GUARD) ? cell.slice(1) : cell
  })
}
