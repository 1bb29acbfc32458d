// Parses the answer of /metrics (the Prometheus text format), as far as this page needs it. Pure.

export type Sample = { readonly labels: Readonly<Record<string, string>>; readonly value: number }

export class Metrics {
  readonly #samples = new Map<string, Sample[]>()

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, name, labels, value] = LINE.exec(line) ?? []
      if (name === undefined) continue
      const sample = { labels: labelsOf(labels ?? ''), value: Number(value) }
      const samples = this.#samples.get(name)
      if (samples === undefined) this.#samples.set(name, [sample])
      else samples.push(sample)
    }
  }

  of(name: string): readonly Sample[] {
    return this.#samples.get(name) ?? []
  }

  /** The sum over all samples whose labels match `where`; null if this process has no such metric. */
  sum(name: string, where: Readonly<Record<string, string>> = {}): number | null {
    const samples = this.of(name).filter(({ labels }) =>
      Object.entries(where).every(([label, value]) => labels[label] === value),
    )
    return samples.length === 0 ? null : samples.reduce((total, { value }) => total + value, 0)
  }
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' }

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    Array.from(text.matchAll(LABEL), ([, name, value]) => [
      name!,
      value!.replace(/\\./g, (pair) => ESCAPES[pair] ?? pair),
    ]),
  )
}
