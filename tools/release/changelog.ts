// What CHANGELOG.md says of a version (keepachangelog.com). Pure.

export type Entry = { readonly name: string; readonly date: string | null; readonly text: string }

const HEADING = /^## \[([^\]]+)\](?: - (\d{4}-\d{2}-\d{2}))?[ \t]*$/gm

/** In the order of the file: the newest first. */
export function entriesOf(changelog: string): Entry[] {
  const headings = Array.from(changelog.matchAll(HEADING))
  return headings.map((heading, i) => ({
    name: heading[1]!,
    date: heading[2] ?? null,
    text: changelog.slice(heading.index + heading[0].length, headings[i + 1]?.index).trim(),
  }))
}

/** Why this version cannot be released; null if it can. `isTrial`: what is not released yet is as good. */
export function entryFault(changelog: string, version: string, isTrial: boolean): string | null {
  const entries = entriesOf(changelog)
  const entry =
    entries.find(({ name }) => name === version) ??
    (isTrial ? entries.find(({ name }) => name === 'Unreleased') : undefined)
  if (entry === undefined)
    return `CHANGELOG.md has no entry for ${version}: add "## [${version}] - YYYY-MM-DD"`
  if (!/^- /m.test(entry.text)) return `CHANGELOG.md says nothing of ${entry.name}`
  if (entry.name === version && entry.date === null)
    return `The entry of ${version} in CHANGELOG.md has no date`
  return null
}
