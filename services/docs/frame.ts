// The page around a document: search, what else there is to read, and the way back to the numbers. Pure.
import { Html, html } from '../../schemas/openapi/docs/html.ts'
import { type Group, HOME, PICTURES, relativeTo } from './manual.ts'
import type { Document } from './markdown.ts'

const API = 'docs/api'
/** Groups that come before the reference: first steps, and how to do what. */
const FOR_NEWCOMERS = 2
const SIGN = new Html(
  '<svg viewBox="0 0 32 32" aria-hidden="true"><path d="M7 7v18M13 7v18M19 7v18M25 7v18M4 21.5 28 10.5"/></svg>',
)

/** `path`: where it is served, without a slash before it. Its addresses are relative: a prefix does no harm. */
export function framed(
  { title, body }: Pick<Document, 'title' | 'body'>,
  path: string,
  groups: readonly Group[],
): string {
  const to = (other: string) => relativeTo(path, other)
  const files = to(PICTURES)
  const root = '../'.repeat(path.split('/').length - 1) || './'
  const reference = { name: 'Reference', links: [{ label: 'HTTP API', path: API }] }
  const all = groups.toSpliced(FOR_NEWCOMERS, 0, reference)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="${title}. From the documentation of Tally: exact video counts, live.">
<title>${title} · Tally</title>
<link rel="icon" href="${files}/icon.svg">
<link rel="stylesheet" href="${files}/docs.css">
<script src="${files}/theme.js"></script>
<script type="module" src="${files}/docs.js"></script>
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="bar"><div class="bar-inner">
<a class="brand" href="${root}">${SIGN} Tally</a>
<div class="search" id="search" role="search" data-root="${root}"></div>
<nav aria-label="Pages">
<a href="${root}">Dashboard</a>
<a href="${to(HOME)}" aria-current="${path === HOME ? 'page' : 'true'}">Docs</a>
</nav>
<button class="icon-button" id="theme" type="button"></button>
</div></header>
<div class="manual">
<details class="contents"><summary>Contents</summary>
<nav aria-label="Documentation">
${all.map((group) => groupOf(group, path, to))}</nav>
</details>
<main id="main" tabindex="-1"><article>
${body}</article></main>
</div>
</body>
</html>
`.text
}

function groupOf({ name, links }: Group, path: string, to: (other: string) => string): Html {
  const items = links.map((link) => {
    const current = new Html(link.path === path ? ' aria-current="page"' : '')
    return html`<li><a href="${to(link.path)}"${current}>${link.label}</a></li>\n`
  })
  return html`<h2>${name}</h2>
<ul>
${items}</ul>
`
}
