// Formats numbers and texts for the page. k6's engine has no Intl. Pure.
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const SECONDS_PER_MINUTE = 60
const SECONDS_PER_HOUR = 3_600

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign]!)
}

/** Three significant digits or whole numbers, with grouped thousands. */
export function numberText(value: number): string {
  const size = Math.abs(value)
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
  const [whole = '', part] = value.toFixed(digits).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  const digitsLeft = part?.replace(/0+$/, '') ?? ''
  return digitsLeft === '' ? grouped : `${grouped}.${digitsLeft}`
}

/** `m:ss`, or `h:mm:ss`. */
export function clockText(ms: number): string {
  const seconds = Math.round(ms / 1_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const minutes = Math.floor(seconds / SECONDS_PER_MINUTE)
  if (seconds < SECONDS_PER_HOUR) return `${minutes}:${two(seconds % SECONDS_PER_MINUTE)}`
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % SECONDS_PER_MINUTE)}`
}
