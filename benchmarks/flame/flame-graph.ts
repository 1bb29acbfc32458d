// Draws a CPU profile of V8 as a flame graph, as an SVG: who called whom, each as wide as its share of the time,
// without what waited. Colours say whose code it is. Pure.

/** The part of V8's format that is drawn: Profiler.Profile of the Chrome DevTools Protocol. */
export type CpuProfile = {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string }
    readonly children?: readonly number[]
  }[]
  readonly samples?: readonly number[]
  /** Before each sample, µs. */
  readonly timeDeltas?: readonly number[]
}

type Owner = 'ours' | 'library' | 'Node' | 'collector'

/** A function in a call, with all that it called. */
type Frame = {
  readonly name: string
  readonly place: string
  readonly owner: Owner
  readonly children: Map<string, Frame>
  /** µs, of what it called too. */
  time: number
}

const WIDTH = 1_200
const ROW = 17
const TOP = 52
const MARGIN = 10
/** Narrower ones are left out. */
const LEAST_WIDTH = 1.2
const CHAR_WIDTH = 6.6
const IDLE = new Set(['(idle)', '(program)', '(root)'])
const COLLECTOR = '(garbage collector)'
const COLORS: Readonly<Record<Owner, string>> = {
  ours: '#9ecae9',
  library: '#ffbf79',
  Node: '#d8d8d8',
  collector: '#f4a6a6',
}

export function flameGraph(profile: CpuProfile, title: string): string {
  const root = treeOf(profile)
  const rows = depthOf(root, WIDTH / Math.max(1, root.time))
  const height = TOP + rows * ROW + MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<text x="${MARGIN}" y="20" font-size="14">${escaped(title)}: ${(root.time / 1e6).toFixed(1)} s</text>`,
    ...legend(),
    ...drawn(root, 0, 0, WIDTH / Math.max(1, root.time), root.time),
    '</svg>',
    '',
  ].join('\n')
}

/** By function, without what waited. */
function treeOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Frame {
  const own = new Map<number, number>()
  for (const [i, id] of samples.entries()) own.set(id, (own.get(id) ?? 0) + (timeDeltas[i] ?? 0))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const root = frameOf('all', '')
  const add = (id: number, parent: Frame): number => {
    const { callFrame, children = [] } = byId.get(id)!
    const { functionName, url } = callFrame
    if (functionName === '(idle)' || functionName === '(program)') return 0
    const place = placeOf(url)
    const frame = IDLE.has(functionName)
      ? parent
      : parent.children.getOrInsertComputed(`${functionName} ${place}`, () => frameOf(functionName, place))
    const spent = children.reduce((sum, child) => sum + add(child, frame), own.get(id) ?? 0)
    if (frame !== parent) frame.time += spent
    return spent
  }
  root.time = nodes.length === 0 ? 0 : add(nodes[0]!.id, root)
  return root
}

function frameOf(functionName: string, place: string): Frame {
  return {
    name: functionName === '' ? '(anonymous)' : functionName,
    place,
    owner: ownerOf(functionName, place),
    children: new Map(),
    time: 0,
  }
}

function ownerOf(functionName: string, place: string): Owner {
  if (functionName === COLLECTOR) return 'collector'
  if (place.startsWith('node_modules/')) return 'library'
  return place === '' || place.startsWith('node:') ? 'Node' : 'ours'
}

/** Relative to the repository, whatever machine it was on. */
function placeOf(url: string): string {
  if (!url.includes('/')) return url.startsWith('node:') ? url : ''
  if (url.startsWith('node:')) return url
  const found =
    /\/(node_modules\/.*|(?:benchmarks|lib|model|schemas|sdk|services|simulator|stores|testing|tools)\/.*)$/
  return found.exec(url)?.[1] ?? ''
}

function depthOf(frame: Frame, scale: number): number {
  const depths = Array.from(frame.children.values(), (child) =>
    child.time * scale < LEAST_WIDTH ? 0 : depthOf(child, scale),
  )
  return 1 + Math.max(0, ...depths)
}

/** The widest first, so that two graphs of the same code look alike. */
function drawn(frame: Frame, x: number, depth: number, scale: number, all: number): string[] {
  const width = frame.time * scale
  if (width < LEAST_WIDTH) return []
  const y = TOP + depth * ROW
  const share = `${((100 * frame.time) / Math.max(1, all)).toFixed(1)} %`
  const tip = [frame.name, frame.place, share].filter(Boolean).join(', ')
  const chars = Math.floor((width - 6) / CHAR_WIDTH)
  const label = chars < 3 ? '' : frame.name.slice(0, chars)
  const own = [
    `<g><title>${escaped(tip)}</title>`,
    `<rect x="${x.toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${ROW - 1}"`,
    ` fill="${COLORS[frame.owner]}"/>`,
    label === '' ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 12}">${escaped(label)}</text>`,
    '</g>',
  ].join('')
  const lines = [own]
  let at = x
  for (const child of Array.from(frame.children.values()).sort((a, b) => b.time - a.time)) {
    lines.push(...drawn(child, at, depth + 1, scale, all))
    at += child.time * scale
  }
  return lines
}

function legend(): string[] {
  return Object.entries(COLORS).map(([owner, color], i) => {
    const x = MARGIN + 90 * i
    return `<rect x="${x}" y="30" width="12" height="12" fill="${color}"/><text x="${x + 17}" y="40">${owner}</text>`
  })
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
