// A table in Markdown, in the form that the formatter leaves as it is.

export function markdownTable(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [columns, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = columns.map((_, i) => Math.max(3, ...cells.map((row) => (row[i] ?? '').length)))
  const lineOf = (row: readonly string[]) =>
    `| ${widths.map((width, i) => (row[i] ?? '').padEnd(width)).join(' | ')} |`
  const [head, ...body] = cells.map(lineOf)
  return [head, lineOf(widths.map((width) => '-'.repeat(width))), ...body].join('\n')
}
