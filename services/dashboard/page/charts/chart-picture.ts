// A chart as a picture for documents: with its title, what the lines are, and how far the numbers go.

export type PictureWords = {
  readonly title: string
  readonly subtitle: string
  /** Of the lines, in their order. */
  readonly legend: readonly { readonly line: 'solid' | 'dashed' | 'dotted'; readonly text: string }[]
  readonly footer: string
}

const MARGIN_PX = 24
const TITLE_PX = 18
const TEXT_PX = 13
const LINE_PX = 22
const KEY_PX = 18
const DASHES = { solid: [], dashed: [4, 4], dotted: [2, 4] } as const

/** As sharp and in the same colours as on the screen. */
export async function pictureOf(
  chart: HTMLCanvasElement,
  words: PictureWords,
  style: CSSStyleDeclaration,
): Promise<Blob | null> {
  const ratio = devicePixelRatio
  const width = chart.width / ratio + 2 * MARGIN_PX
  const height = chart.height / ratio + 2 * MARGIN_PX + 4 * LINE_PX
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (context === null) return null
  const colour = (name: string) => style.getPropertyValue(name)
  context.scale(ratio, ratio)
  context.fillStyle = colour('--surface')
  context.fillRect(0, 0, width, height)
  context.textBaseline = 'top'
  const write = (text: string, x: number, y: number, fill: string, font: string) => {
    context.font = `${font} ${style.fontFamily}`
    context.fillStyle = fill
    context.fillText(text, x, y, width - x - MARGIN_PX)
  }
  write(words.title, MARGIN_PX, MARGIN_PX, style.color, `600 ${TITLE_PX}px`)
  write(words.subtitle, MARGIN_PX, MARGIN_PX + LINE_PX + 4, colour('--text-3'), `${TEXT_PX}px`)
  context.drawImage(chart, MARGIN_PX, MARGIN_PX + 2 * LINE_PX, chart.width / ratio, chart.height / ratio)
  const bottom = height - MARGIN_PX - TEXT_PX
  let x = MARGIN_PX
  for (const { line, text } of words.legend) {
    const lineColour = colour(line === 'dashed' ? '--previous' : '--accent')
    drawKey(context, x, bottom - LINE_PX + TEXT_PX / 2, lineColour, DASHES[line])
    write(text, x + KEY_PX + 8, bottom - LINE_PX, style.color, `${TEXT_PX}px`)
    x += KEY_PX + 8 + context.measureText(text).width + MARGIN_PX
  }
  write(words.footer, MARGIN_PX, bottom, colour('--text-3'), `${TEXT_PX}px`)
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/png'))
}

function drawKey(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  colour: string,
  dash: readonly number[],
): void {
  context.strokeStyle = colour
  context.lineWidth = 2
  context.setLineDash([...dash])
  context.beginPath()
  context.moveTo(x, y)
  context.lineTo(x + KEY_PX, y)
  context.stroke()
}
