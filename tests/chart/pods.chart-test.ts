// Pods of the rendered chart: their rights, their probes, their time to stop, their environment.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { readSettings as readStandalone } from '../../services/standalone/settings.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { allSettings, SERVICES } from '../setting-names.ts'
import { root } from '../source-file.ts'
import {
  type Container,
  componentOf,
  manifestsOf,
  ownPods,
  type Pod,
  podsOf,
  SETS,
  servicePods,
} from './rendered.ts'

/** A backup reads what a reconciler reads. */
const READERS = { ...SERVICES, standalone: readStandalone, backup: SERVICES.reconciler }
/** What the AWS SDK reads. */
const OF_AWS = /^AWS_/
const SECRET = /^(API_KEYS|ADMIN_KEYS|PROBE_KEY|SHARE_SECRETS)$|_PASSWORD$/
/** What a file of a secret may hold, by what its variable ends in. */
const CONTENTS: readonly (readonly [RegExp, string])[] = [
  [/^API_KEYS_FILE$/, 'key=acme'],
  [/^KEYS_FILE$/, ''],
  [/^SHARE_SECRETS_FILE$/, 'a secret of at least 32 characters'],
  [/_CA_FILE$/, rootCertificates[0]!],
  [/_FILE$/, 'secret'],
]

for (const set of SETS) {
  describe(`with the values ${set}`, () => {
    const manifests = manifestsOf(set)
    const pods = podsOf(manifests)
    const services = servicePods(manifests)

    test('every pod has only the rights that it needs', () => {
      assert.ok(pods.length > 0)
      for (const { name, spec, container } of pods) {
        const { securityContext: pod } = spec
        assert.equal(spec.containers.length, 1, name)
        assert.equal(spec.automountServiceAccountToken, false, name)
        assert.equal(pod.runAsNonRoot, true, name)
        assert.ok(Number.isInteger(pod.runAsUser) && pod.runAsUser > 0, name)
        assert.equal(pod.seccompProfile.type, 'RuntimeDefault', name)
        assert.deepEqual(
          container.securityContext,
          {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          name,
        )
        assert.ok(container.resources.limits.memory, name)
        assert.ok(!('hostNetwork' in spec) && !('hostPID' in spec), name)
      }
    })

    test('every pod can write where its program does, and nowhere else', () => {
      for (const { name, spec, container } of ownPods(manifests)) {
        const isJob = name.includes('migrate') || name.includes('topics')
        const claims = isJob ? [] : name.endsWith('-backup') ? ['/backups', '/data'] : ['/data']
        const writable = container.volumeMounts
          .filter(({ readOnly }: { readOnly?: boolean }) => !readOnly)
          .map(({ mountPath }: { mountPath: string }) => mountPath)
        assert.deepEqual(writable.sort(), [...claims, '/tmp'].sort(), name)
        assert.ok(spec.securityContext.fsGroup > 0, name)
      }
    })

    test('every process is asked at the port of operators whether it has started, lives and is ready', () => {
      for (const { name, container } of services) {
        const paths = { startupProbe: 'live', livenessProbe: 'live', readinessProbe: 'ready' }
        for (const [probe, path] of Object.entries(paths))
          assert.deepEqual(container[probe].httpGet, { path: `/health/${path}`, port: 'admin' }, name)
        const admin = container.ports.find((port: { name: string }) => port.name === 'admin')
        assert.equal(String(admin.containerPort), environmentOf(container).ADMIN_PORT, name)
        const { periodSeconds, failureThreshold } = container.startupProbe
        assert.ok(periodSeconds * failureThreshold >= 600, `${name} must be able to wait for its servers`)
      }
    })

    test('every process has the time to stop that it gives itself', async () => {
      for (const pod of services) {
        const { drainMs, shutdownTimeoutMs } = await settingsOf(pod)
        const neededMs = drainMs + 2 * shutdownTimeoutMs
        const graceMs = pod.spec.terminationGracePeriodSeconds * 1_000
        assert.ok(graceMs > neededMs && graceMs < neededMs + 60_000, `${pod.name}: ${graceMs} ms`)
      }
    })

    test('every process takes the environment that it gets', async () => {
      for (const pod of pods.filter(({ kind }) => kind === 'CronJob')) await settingsOf(pod)
      for (const pod of services) await settingsOf(pod)
    })

    test('every variable is a setting, and no secret is in the open', () => {
      const known = allSettings()
      for (const { name, container } of ownPods(manifests)) {
        const names = (container.env ?? []).map((one: { name: string }) => one.name)
        assert.equal(new Set(names).size, names.length, name)
        for (const variable of names) {
          assert.ok(known.includes(variable) || OF_AWS.test(variable), `${name}: ${variable}`)
          assert.doesNotMatch(variable, SECRET, name)
        }
      }
    })

    test('every file that a variable names is mounted', () => {
      for (const { name, spec, container } of ownPods(manifests)) {
        const wanted = Object.entries(environmentOf(container)).filter(([variable]) =>
          /_FILE$/.test(variable),
        )
        const volume = spec.volumes.find((one: { name: string }) => one.name === 'secrets')
        const sources: { secret: { items: { path: string }[] } }[] = volume?.projected.sources ?? []
        const mounted = sources.flatMap(({ secret }) => secret.items.map(({ path }) => `/secrets/${path}`))
        assert.deepEqual(wanted.map(([, path]) => path).sort(), mounted.sort(), name)
        assert.equal(container.volumeMounts.some(isOfSecrets), mounted.length > 0, name)
      }
    })

    test('every pod runs a program that is there', () => {
      for (const { name, container } of ownPods(manifests))
        assert.ok(existsSync(join(root, container.command[1]!)), `${name}: ${container.command[1]}`)
    })
  })
}

const isOfSecrets = ({ mountPath }: { mountPath: string }) => mountPath === '/secrets'

function environmentOf({ env = [] }: Container): Record<string, string> {
  return Object.fromEntries(env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])))
}

/** As the process itself reads them, from files that hold something of the right form. */
async function settingsOf(pod: Pod) {
  await using directory = await temporaryDirectory()
  const secrets = join(directory.path, 'secrets')
  await mkdir(secrets)
  const environment = environmentOf(pod.container)
  for (const [name, path] of Object.entries(environment)) {
    if (!path.startsWith('/secrets/')) continue
    const [, content] = CONTENTS.find(([pattern]) => pattern.test(name))!
    environment[name] = join(secrets, name)
    await writeFile(environment[name], content)
  }
  return READERS[componentOf(pod) as keyof typeof READERS](environment)
}
