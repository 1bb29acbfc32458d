// The page at addresses where nothing is: in the frame of the documentation, so that one can search, and go on.
import { html } from '../../schemas/openapi/docs/html.ts'
import { framed } from './frame.ts'
import { type Group, HOME, relativeTo } from './manual.ts'

const TITLE = 'There is no such page'
/** How many parts an address has before its last one: of these the links of the page are made. */
export function depthOf(url: string): number {
  return url.split(/[?#]/, 1)[0]!.split('/').length - 2
}

export function missingPage(depth: number, groups: readonly Group[]): string {
  const path = `${'-/'.repeat(depth)}-`
  const to = (other: string) => relativeTo(path, other)
  const root = '../'.repeat(depth) || './'
  const body = html`<h1 id="missing">${TITLE}</h1>
<p>The address may be mistyped, or the page has another name by now. Search above (press <kbd>/</kbd>), or go on
here:</p>
<ul>
<li><a href="${root}">The dashboard</a>, with all numbers</li>
<li><a href="${to(HOME)}">The documentation</a>: its contents, by who reads it</li>
<li><a href="${to('docs/tutorial')}">The first count</a>, in five minutes</li>
<li><a href="${to('docs/api')}">The HTTP API</a>: every address that programs can ask</li>
</ul>
`
  return framed({ title: TITLE, body }, path, groups)
}
