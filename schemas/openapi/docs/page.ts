// The API reference as one page, made once from the description alone, without scripts. Pure.
import type { CodeSample, Content, Description, Operation, Parameter, Schema } from './description.ts'
import { type Html, html } from './html.ts'
import { jsonText } from './json-text.ts'
import { resolved, schemaText } from './schema-text.ts'

type Schemas = Description['components']['schemas']
type Named = { readonly method: string; readonly path: string; readonly operation: Operation }

/** `style` becomes the page's only style sheet. */
export function docsPage(description: Description, style: Html): string {
  const { info, tags, components } = description
  const operations = operationsOf(description)
  const groups = tags.map((tag) => ({
    ...tag,
    operations: operations.filter(({ operation }) => operation.tags.includes(tag.name)),
  }))
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title} API</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the reference</a>
<nav aria-label="Contents">
<p class="brand">${info.title} <span>API ${info.version}</span></p>
<p><a href="../docs">All documentation</a></p>
${groups.map((group) => contents(group.name, group.operations.map(operationLink)))}
${contents('schemas', Object.keys(components.schemas).map(schemaLink))}
</nav>
<main id="main">
<header>
<h1>${info.title} API</h1>
${prose(info.description)}
<p><a href="../openapi.json">openapi.json</a> is the same description for programs.</p>
</header>
${groups.map(
  (group) => html`<section aria-labelledby="${tagId(group.name)}">
<h2 id="${tagId(group.name)}">${group.name}</h2>
${prose(group.description)}
${group.operations.map((named) => operationArticle(named, components.schemas))}
</section>
`,
)}
<section aria-labelledby="schemas">
<h2 id="schemas">schemas</h2>
${Object.entries(components.schemas).map(schemaArticle)}
</section>
</main>
</body>
</html>
`.text
}

function operationsOf({ paths }: Description): Named[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  )
}

function contents(title: string, links: readonly Html[]): Html {
  return html`<h2>${title}</h2>
<ul>
${links.map((link) => html`<li>${link}</li>\n`)}</ul>
`
}

function operationLink({ method, path, operation }: Named): Html {
  return html`<a href="#${operation.operationId}">${badge(method)} <span>${breakable(path)}</span></a>`
}

/** A path that breaks before its slashes and nowhere else. */
function breakable(path: string): Html[] {
  return path
    .split('/')
    .slice(1)
    .map((word) => html`<wbr>/${word}`)
}

function schemaLink(name: string): Html {
  return html`<a href="#schema-${name}">${name}</a>`
}

function tagId(name: string): string {
  return `tag-${name.replaceAll(' ', '-')}`
}

function badge(method: string): Html {
  return html`<span class="method ${method.toLowerCase()}">${method}</span>`
}

function operationArticle({ method, path, operation }: Named, schemas: Schemas): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses } = operation
  const samples = operation['x-codeSamples'] ?? []
  return html`<article aria-labelledby="${operationId}">
<h3 id="${operationId}"><a href="#${operationId}">${badge(method)} <code>${path}</code></a></h3>
<p class="summary">${summary}.</p>
${description === undefined ? '' : prose(description)}
${samples.map(sampleFigure)}
${parameters.length === 0 ? '' : parameterTable(parameters)}
${requestBody === undefined ? '' : bodyTable(requestBody)}
${answerTable(responses)}
${answerExample(responses, schemas)}
</article>
`
}

/** A long sample scrolls, and so must be reachable by keyboard. */
function sampleFigure({ label, source }: Pick<CodeSample, 'label' | 'source'>): Html {
  const code = html`<code>${source}</code>`
  return html`<figure>
<figcaption>${label}</figcaption>
<pre tabindex="0" role="group" aria-label="${label}">${code}</pre>
</figure>
`
}

function parameterTable(parameters: readonly Parameter[]): Html {
  const rows = parameters.map(({ name, in: place, required, schema, description = '' }) => [
    nameCell(name, required === true),
    html`${place}`,
    schemaText(schema),
    inline(description),
  ])
  return table('Parameters', ['Name', 'In', 'Value', 'Meaning'], rows)
}

function bodyTable({ description, content }: NonNullable<Operation['requestBody']>): Html {
  const caption = description === undefined ? 'Body' : `Body. ${description}`
  return table(caption, ['Type', 'Value'], contentRows(content))
}

function answerTable(responses: Operation['responses']): Html {
  const rows = Object.entries(responses).map(([status, { description, content = {} }]) => [
    html`<code>${status}</code>`,
    html`${contentRows(content).map(([type, value]) => html`<div>${type!} ${value!}</div>`)}`,
    inline(description),
  ])
  return table('Answers', ['Status', 'Body', 'Meaning'], rows)
}

/** Closed at first: it is as long as all that is said of the answer. */
function answerExample(responses: Operation['responses'], schemas: Schemas): Html {
  const status = Object.keys(responses).find((one) => one.startsWith('2')) ?? ''
  const media = responses[status]?.content?.['application/json']
  if (media === undefined) return html``
  const example = media.example ?? resolved(media.schema, schemas).examples?.[0]
  if (example === undefined) return html``
  const label = `Example of ${status}`
  return html`<details><summary>${label}</summary>
<pre tabindex="0" role="group" aria-label="${label}"><code>${jsonText(example)}</code></pre>
</details>
`
}

function contentRows(content: Content): Html[][] {
  return Object.entries(content).map(([type, { schema }]) => [html`<code>${type}</code>`, schemaText(schema)])
}

function schemaArticle([name, schema]: readonly [string, Schema]): Html {
  const { description, properties, required = [], examples = [] } = schema
  const samples = examples.map((example) => ({ label: 'Example', source: jsonText(example) }))
  return html`<article aria-labelledby="schema-${name}">
<h3 id="schema-${name}"><a href="#schema-${name}">${name}</a></h3>
${description === undefined ? '' : prose(description)}
${properties === undefined ? html`<p>${schemaText(schema)}</p>` : memberTable(properties, required)}
${samples.map(sampleFigure)}
</article>
`
}

function memberTable(properties: Readonly<Record<string, Schema>>, required: readonly string[]): Html {
  const rows = Object.entries(properties).map(([name, schema]) => [
    nameCell(name, required.includes(name)),
    schemaText(schema),
    inline(schema.description ?? ''),
  ])
  return table('Members', ['Name', 'Value', 'Meaning'], rows)
}

function nameCell(name: string, required: boolean): Html {
  return html`<code>${name}</code>${required ? html` <span class="required">required</span>` : ''}`
}

/** It scrolls by itself where the page is narrow, and so must be reachable by keyboard. */
function table(caption: string, columns: readonly string[], rows: readonly (readonly Html[])[]): Html {
  return html`<div class="table" tabindex="0" role="group" aria-label="${caption}"><table>
<caption>${inline(caption)}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody>
</table></div>
`
}

/** Paragraphs with `code` in them: all of Markdown that descriptions use. */
function prose(text: string): Html {
  return html`${text.split(/\n\s*\n/).map((paragraph) => html`<p>${inline(paragraph)}</p>\n`)}`
}

function inline(text: string): Html {
  return html`${text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`
}
