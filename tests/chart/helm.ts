// Helm and the schemas of Kubernetes, without a cluster.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { InfraFault } from '../../infra/fault.ts'
import { fetchPackages } from '../../infra/native/python.ts'
import { runProgram } from '../../infra/native/run-program.ts'
import { root } from '../source-file.ts'
import { NAMESPACE, RELEASE } from './rendered.ts'

const VERSION = '3.22.0'
const MODULE = `helm.sh/helm/v3/cmd/helm@v${VERSION}`
const REQUIREMENTS = join(root, 'infra/helm/requirements.txt')
export const CHART = join(root, 'infra/helm/tally')

/** A Helm without a cluster takes it for an old one. */
const LIKE = ['--kube-version', '1.37.0']

export type Helm = (...args: readonly string[]) => Promise<string>

/** Compiles it where it is missing, which takes some minutes of CPU. */
export async function installHelm(programs: string): Promise<Helm> {
  const directory = join(programs, `helm-${VERSION}`)
  const program = join(directory, 'helm')
  if (!existsSync(program)) {
    const environment = { GOBIN: directory, GOFLAGS: '-modcacherw' }
    await runProgram('go', ['install', MODULE], { environment, hint: 'Install Go (https://go.dev/dl).' })
  }
  return (...args) => runProgram(program, args)
}

export function template(helm: Helm, args: readonly string[]): Promise<string> {
  return helm('template', RELEASE, CHART, '--namespace', NAMESPACE, ...LIKE, ...args)
}

/** What Helm said when it refused. */
export async function refusal(helm: Helm, args: readonly string[]): Promise<string> {
  try {
    await template(helm, args)
  } catch (error) {
    if (error instanceof InfraFault && error.code === 'command_failed') return error.message
    throw error
  }
  throw new Error(`Helm takes ${args.join(' ')}`)
}

export type Validate = (file: string, kubernetes: string) => Promise<string>

/** Fails where a manifest is not what this version of Kubernetes takes, or has what it does not know. */
export async function installValidate(programs: string): Promise<Validate> {
  const python = await fetchPackages(REQUIREMENTS, join(programs, 'kubernetes-validate'))
  return (file, kubernetes) =>
    runProgram(python, ['-m', 'kubernetes_validate', '--strict', '-k', kubernetes, file])
}
