// Parses the Prometheus text format, as far as it is needed here. Pure.
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/

export class Exposition {
  readonly #samples = new Map<string, { labels: string; value: number }[]>()

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, name, labels = '', value] = SAMPLE.exec(line) ?? []
      if (name === undefined) continue
      const samples = this.#samples.get(name) ?? []
      this.#samples.set(name, samples)
      samples.push({ labels, value: Number(value) })
    }
  }

  /** The sum over all samples whose labels contain the text; null if there are none. */
  sum(name: string, label = ''): number | null {
    const values = this.#values(name, label)
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
  }

  max(name: string): number | null {
    const values = this.#values(name, '')
    return values.length === 0 ? null : Math.max(...values)
  }

  #values(name: string, label: string): number[] {
    const samples = this.#samples.get(name) ?? []
    return samples.filter(({ labels }) => labels.includes(label)).map(({ value }) => value)
  }
}
