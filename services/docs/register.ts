// Serves the documentation at /docs: the documents of the repository, made into pages when the first of them is asked
// for, one in each turn of the event loop: whoever asks first, with no key, holds up nobody else.
import { setImmediate } from 'node:timers/promises'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { showMissingBy } from '../../lib/http/missing-page.ts'
import { ProblemError } from '../../lib/http/problem.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { Asset, sendAsset } from '../dashboard/asset.ts'
import { docsFiles } from '../dashboard/page-files.ts'
import { PAGE_POLICY } from '../dashboard/page-policy.ts'
import { BuiltOnce } from './built-once.ts'
import { framed } from './frame.ts'
import { type Group, HOME, Manual, relativeTo } from './manual.ts'
import { type Document, documentOf } from './markdown.ts'
import { depthOf, missingPage } from './missing.ts'

const HTML = 'text/html; charset=utf-8'
const HEADERS = {
  'content-security-policy': PAGE_POLICY,
  'referrer-policy': 'no-referrer',
  'cache-control': 'public, max-age=300',
}
const IMAGE_TYPES: Readonly<Record<string, string>> = { svg: 'image/svg+xml', png: 'image/png' }

type Pages = {
  readonly groups: readonly Group[]
  readonly pages: ReadonlyMap<string, Asset>
  readonly files: ReadonlyMap<string, Asset>
}

/** Adds `/docs` and all below it, but for what others add there. */
export function registerManual(app: FastifyInstance): void {
  const built = new BuiltOnce(() => buildManual(new Manual()), systemClock)
  const send = async (
    request: FastifyRequest,
    reply: FastifyReply,
    kind: 'pages' | 'files',
    name: string,
  ) => {
    const asset = (await built.get())[kind].get(name)
    if (asset === undefined) {
      throw new ProblemError({ type: 'not-found', detail: 'There is no such page: /docs lists all.' })
    }
    return sendAsset(request, reply.headers(HEADERS), asset)
  }
  const missing = new Map<number, Asset>()
  showMissingBy(app, async (request, reply) => {
    const depth = depthOf(request.url)
    const asset = missing.get(depth) ?? new Asset(HTML, missingPage(depth, (await built.get()).groups))
    missing.set(depth, asset)
    return sendAsset(request, reply.code(404).headers({ ...HEADERS, 'cache-control': 'no-store' }), asset)
  })
  app.get('/docs', async (request, reply) => send(request, reply, 'pages', HOME))
  app.get<{ Params: { '*': string } }>('/docs/*', async (request, reply) =>
    send(request, reply, 'pages', `${HOME}/${request.params['*']}`),
  )
  app.get<{ Params: { name: string } }>('/docs/files/:name', async (request, reply) =>
    send(request, reply, 'files', request.params.name),
  )
}

/** Takes a few hundred milliseconds: build it once. */
async function buildManual(manual: Manual): Promise<Pages> {
  const groups = manual.groups()
  const documents: { readonly path: string; readonly document: Document }[] = []
  const pages = new Map<string, Asset>()
  for (const [file, path] of manual.paths) {
    await setImmediate()
    const document = documentOf(manual.text(file), (href) => addressOf(manual, file, path, href))
    documents.push({ path, document })
    pages.set(path, new Asset(HTML, framed(document, path, groups)))
  }
  await setImmediate()
  const files = new Map(docsFiles())
  files.set('search.json', new Asset('application/json; charset=utf-8', searchIndex(documents)))
  for (const name of manual.pictures) {
    const type = IMAGE_TYPES[name.split('.').at(-1)!]!
    files.set(name, new Asset(type, manual.picture(name)))
  }
  return { groups, pages, files }
}

function addressOf(manual: Manual, file: string, path: string, href: string): string | null {
  if (/^https?:/.test(href)) return href
  const target = manual.target(file, href)
  if (target === null) return null
  const { path: to, anchor } = target
  if (to === path && anchor !== '') return `#${anchor}`
  return relativeTo(path, to) + (anchor === '' ? '' : `#${anchor}`)
}

/** What services/dashboard/page/docs.ts finds. */
function searchIndex(documents: readonly { readonly path: string; readonly document: Document }[]): string {
  const isDecision = ({ path }: { readonly path: string }) => Number(path.startsWith('docs/decisions/'))
  const ordered = documents.toSorted((a, b) => isDecision(a) - isDecision(b)) // equally good ones are found last
  return JSON.stringify(
    ordered.map(({ path, document: { title, sections } }) => ({
      ...{ path, title },
      sections: sections.map(({ id, heading, text }) => [id, heading, text]),
    })),
  )
}
