// Which release runs, as a metric of value 1 whose labels say it, by Prometheus's convention.
import { Gauge, type Registry } from 'prom-client'
import product from '../../package.json' with { type: 'json' }

export function tellBuild(registry: Registry): void {
  new Gauge({
    name: 'tally_build_info',
    help: 'Always 1: the version of this process, and that of its Node.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: product.version, node: process.versions.node }, 1)
}
