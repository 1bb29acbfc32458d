// The samples of a document: what a reader would copy, as what it does.
import { readFileSync } from 'node:fs'

/**
 * One `curl` as a request. `isStream`: it goes on until the reader stops it. `shown`: what it prints, as the comment on
 * the next line says, such as `202 {"accepted":1}`.
 */
export type CurlSample = {
  readonly line: number
  readonly shown: string | null
  readonly path: string
  readonly init: { readonly method: string; readonly headers: Record<string, string>; readonly body?: string }
  readonly isStream: boolean
}

export type CodeBlock = { readonly line: number; readonly language: string; readonly text: string }

/** In a list, blocks are indented as its items are. */
const FENCE = /^( *)```(\w*)$/
const SERVER = /^(http:\/\/)?localhost:8080/
const SHOWN = /^\n# (.*)/
const COMMENT = /\s+# [^']*$/
/** Others are of a server that the reader names. */
const OF_SERVER = /\blocalhost:8080\b/
const NOW = /\$\(date -u \+%FT%TZ\)/g
/** A word of a shell: quoted pieces and plain ones that touch. */
const WORD = /(?:'[^']*'|"[^"]*"|[^\s'"#])+/g
const QUOTED = /'([^']*)'|"([^"]*)"/g

export function codeBlocks(document: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { line: number; language: string; indent: string; lines: string[] } | null = null
  for (const [at, line] of document.split('\n').entries()) {
    const fence = FENCE.exec(line)
    if (fence === null) open?.lines.push(line.startsWith(open.indent) ? line.slice(open.indent.length) : line)
    else if (open === null) open = { line: at + 1, language: fence[2]!, indent: fence[1]!, lines: [] }
    else {
      const { line, language, lines } = open
      blocks.push({ line, language, text: lines.join('\n') })
      open = null
    }
  }
  return blocks
}

/** The one block of a language in a document, which is named by its path from the root. */
export function docBlock(document: string, language: string): string {
  const text = readFileSync(new URL(`../${document}`, import.meta.url), 'utf8')
  const found = codeBlocks(text).filter((block) => block.language === language)
  if (found.length !== 1) throw new Error(`${document} has ${found.length} blocks of ${language}, not 1`)
  return found[0]!.text
}

/** @param nowText what `date` prints */
export function curlSamples(document: string, nowText: string): readonly CurlSample[] {
  return codeBlocks(document)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ line, text }) =>
      Array.from(text.matchAll(/^curl (?:'[^']*'|[^\n'])*/gm))
        .filter(([command]) => OF_SERVER.test(command))
        .map(({ 0: command, index }) =>
          curlSample(
            command.replace(COMMENT, '').replace(NOW, nowText),
            line + text.slice(0, index).split('\n').length,
            shownAfter(text.slice(index + command.length)),
          ),
        ),
    )
}

function shownAfter(rest: string): string | null {
  const [, shown] = SHOWN.exec(rest) ?? []
  return shown ?? null
}

function curlSample(command: string, line: number, shown: string | null): CurlSample {
  const words = (command.match(WORD) ?? []).map((word) => word.replace(QUOTED, '$1$2')).slice(1)
  const headers: Record<string, string> = {}
  let [path, method, isStream] = ['', 'GET', false]
  let body: string | undefined
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (SERVER.test(word)) path = word.replace(SERVER, '')
    else if (word === '-N') isStream = true
    else if (word === '-s') continue
    else if (word === '-X') method = words.shift()!
    else if (word === '-H') {
      const [name, value] = words.shift()!.split(': ') as [string, string]
      headers[name] = value
    } else if (word === '-d' || word === '--json') {
      body = words.shift()!
      if (method === 'GET') method = 'POST'
      if (word === '--json') headers['content-type'] = 'application/json'
    } else throw new Error(`line ${line}: what is ${word} in ${command}?`)
  }
  return { line, shown, path, init: { method, headers, ...(body !== undefined && { body }) }, isStream }
}
