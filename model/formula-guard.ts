// Spreadsheets run text that begins like a formula (OWASP, CSV Injection). In CSV such text gets an apostrophe before
// it. Numbers are never touched, so a negative sum stays a number. Pure.

/** What a formula may begin with; spreadsheets treat the full-width forms alike. */
export const FORMULA_STARTS = '=+-@\t\r\n＝＋－＠'
export const FORMULA_GUARD = "'"

/**
 * A file that will be read back lists in a column of this name which cells of the row were given an apostrophe: the
 * names of their columns, separated by blanks. So text that began with an apostrophe before keeps it.
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
