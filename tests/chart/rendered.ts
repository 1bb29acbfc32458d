// What the chart becomes with each set of values, as a test reads it. Made by main.ts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

/** Each has a file in infra/helm/values. */
export const SETS = ['small', 'three-zones', 'own-servers'] as const
export type SetName = (typeof SETS)[number]

export const NAMESPACE = 'video'
export const RELEASE = 'tally'

// biome-ignore lint/suspicious/noExplicitAny: manifests have as many forms as kinds
export type Manifest = any

export type Container = {
  readonly name: string
  readonly command: readonly string[]
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }[]
}

/** A pod as a workload or a job makes it. */
export type Pod = {
  readonly name: string
  readonly kind: string
  readonly labels: Readonly<Record<string, string>>
  readonly spec: Manifest
  readonly container: Container & Manifest
}

export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter(Boolean)
}

export function manifestsOf(set: SetName): Manifest[] {
  return parseManifests(readFileSync(join(process.env.CHART_RENDERED!, `${set}.yaml`), 'utf8'))
}

export function ofKind(manifests: readonly Manifest[], ...kinds: readonly string[]): Manifest[] {
  return manifests.filter(({ kind }) => kinds.includes(kind))
}

export function podsOf(manifests: readonly Manifest[]): Pod[] {
  return ofKind(manifests, 'Deployment', 'StatefulSet', 'Job', 'CronJob').map(({ kind, metadata, spec }) => {
    const { template } = kind === 'CronJob' ? spec.jobTemplate.spec : spec
    return {
      ...{ kind, name: metadata.name, labels: template.metadata.labels, spec: template.spec },
      container: template.spec.containers[0],
    }
  })
}

/** Those of our own programs: all but the balancer's. */
export function ownPods(manifests: readonly Manifest[]): Pod[] {
  return podsOf(manifests).filter(({ container }) => container.command[0] === 'node')
}

export function servicePods(manifests: readonly Manifest[]): Pod[] {
  return ownPods(manifests).filter(({ kind }) => kind !== 'Job' && kind !== 'CronJob')
}

export function componentOf({ labels }: Pick<Pod, 'labels'>): string {
  return labels['app.kubernetes.io/component']!
}

export function isSelected(
  labels: Readonly<Record<string, string>>,
  selector: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value)
}
