// The results for each kind of file, as the table of docs/damage.md. Pure.
import { type Finding, HARMS, kindOf, type Outcome } from './harm.ts'

const WORDS: Readonly<Record<Outcome, string>> = {
  right: 'all answers right',
  told: 'reported',
  refused: 'refused',
  silent: '**silent**',
}
/** For several files of a kind the worst result counts. */
const WORST: readonly Outcome[] = ['silent', 'told', 'refused', 'right']

export function tableOf(findings: readonly Finding[]): string {
  const kinds = Map.groupBy(findings, ({ file }) => kindOf(file))
  const lines = Array.from(kinds, ([kind, ofKind]) => {
    const cells = HARMS.map((harm) => cellOf(ofKind.filter((finding) => finding.harm === harm)))
    return `| \`${kind}\` | ${cells.join(' | ')} |`
  })
  return [`| file | ${HARMS.join(' | ')} |`, '| --- | --- | --- | --- |', ...lines.sort()].join('\n')
}

function cellOf(findings: readonly Finding[]): string {
  const worst = WORST.find((outcome) => findings.some((finding) => finding.outcome === outcome))
  return worst === undefined ? '' : WORDS[worst]
}
