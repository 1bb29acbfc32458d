// Objects of the rendered chart beside each other: what names what, who may talk to whom, what is watched and scaled.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { balancedServer } from '../../infra/native/nginx.ts'
import { fill } from '../../infra/template.ts'
import { parseOptions } from '../../tools/backup/backup-options.ts'
import { SERVICES } from '../setting-names.ts'
import { root } from '../source-file.ts'
import {
  componentOf,
  isSelected,
  type Manifest,
  manifestsOf,
  NAMESPACE,
  ofKind,
  podsOf,
  SETS,
  servicePods,
} from './rendered.ts'

type Meta = { readonly metadata: { readonly name: string } }

const textOf = (path: string) => readFileSync(join(root, path), 'utf8')
const nameOf = ({ metadata: { name } }: Meta) => name

for (const set of SETS) {
  describe(`with the values ${set}`, () => {
    const manifests = manifestsOf(set)
    const pods = podsOf(manifests)
    const workloads = ofKind(manifests, 'Deployment', 'StatefulSet')
    const isStandalone = set === 'small'

    test('everything has a name of its own, in the namespace', () => {
      const names = manifests.map((one) => `${one.kind}/${nameOf(one)}`)
      assert.equal(new Set(names).size, names.length)
      for (const { kind, metadata } of manifests) assert.equal(metadata.namespace, NAMESPACE, kind)
    })

    test('every service runs', () => {
      const components = servicePods(manifests).map(componentOf).sort()
      const wanted = Object.keys(SERVICES).filter((name) => name !== 'worker' || set === 'three-zones')
      assert.deepEqual(components, isStandalone ? ['standalone'] : wanted.sort())
    })

    test('what holds what cannot be made again keeps its disk', () => {
      const kept = ['partitioner', 'standalone', ...(set === 'three-zones' ? [] : ['reconciler'])]
      for (const { kind, metadata, spec } of workloads) {
        const component = metadata.labels['app.kubernetes.io/component']
        if (kept.includes(component)) assert.equal(kind, 'StatefulSet', component)
        if (kind !== 'StatefulSet') continue
        assert.deepEqual(spec.persistentVolumeClaimRetentionPolicy, {
          whenDeleted: 'Retain',
          whenScaled: 'Retain',
        })
        assert.ok(
          ofKind(manifests, 'Service').some((one) => nameOf(one) === spec.serviceName),
          component,
        )
      }
    })

    test('every selector finds the pods that it is for', () => {
      for (const { kind, spec, metadata } of ofKind(
        manifests,
        ...['Service', 'PodDisruptionBudget', 'NetworkPolicy', 'Deployment', 'StatefulSet'],
      )) {
        const selector = kind === 'Service' ? spec.selector : (spec.selector ?? spec.podSelector).matchLabels
        const found = pods.filter(({ labels }) => isSelected(labels, selector))
        assert.ok(found.length > 0, `${kind} ${metadata.name}`)
      }
    })

    test('every port that a service or a policy names is one of the pods', () => {
      for (const { spec, metadata } of ofKind(manifests, 'Service')) {
        const [pod] = pods.filter(({ labels }) => isSelected(labels, spec.selector))
        const names = pod!.container.ports.map((port: { name: string }) => port.name)
        for (const { targetPort } of spec.ports) assert.ok(names.includes(targetPort), metadata.name)
      }
    })

    test('pods are spread over zones and machines', () => {
      for (const { metadata, spec } of workloads) {
        const spread: Manifest[] = spec.template.spec.topologySpreadConstraints
        const keys = spread.map(({ topologyKey }) => topologyKey)
        assert.deepEqual(keys, ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'], metadata.name)
        assert.equal(spread[0].whenUnsatisfiable, set === 'three-zones' ? 'DoNotSchedule' : 'ScheduleAnyway')
        for (const { labelSelector } of spread)
          assert.ok(isSelected(spec.template.metadata.labels, labelSelector.matchLabels), metadata.name)
      }
    })

    test('no more than one process of a kind is taken away at once', () => {
      const guarded = ofKind(manifests, 'PodDisruptionBudget').map(({ metadata, spec }) => {
        assert.equal(spec.maxUnavailable, 1)
        return metadata.name
      })
      assert.deepEqual(guarded.sort(), isStandalone ? [] : workloads.map(nameOf).sort())
    })

    test('what is scaled by load has no fixed number', () => {
      const scaled = ofKind(manifests, 'HorizontalPodAutoscaler', 'ScaledObject').map(({ spec }) => {
        const { kind, name } = spec.scaleTargetRef
        return `${kind}/${name}`
      })
      for (const one of workloads)
        assert.equal('replicas' in one.spec, !scaled.includes(`${one.kind}/${nameOf(one)}`), nameOf(one))
      const existing = workloads.map((one) => `${one.kind}/${nameOf(one)}`)
      for (const one of scaled) assert.ok(existing.includes(one), one)
    })

    test('a partitioner is never taken away with events on its disk', () => {
      for (const { metadata, spec } of ofKind(manifests, 'HorizontalPodAutoscaler'))
        if (/partitioner/.test(metadata.name)) assert.equal(spec.behavior.scaleDown.selectPolicy, 'Disabled')
    })

    test('only Prometheus reaches the port of operators, and only the balancer the services', () => {
      for (const { labels, container } of servicePods(manifests)) {
        const rules = ofKind(manifests, 'NetworkPolicy')
          .filter(
            ({ spec }) =>
              spec.policyTypes.includes('Ingress') && isSelected(labels, spec.podSelector.matchLabels),
          )
          .flatMap(({ spec }) => spec.ingress)
        const reached = rules.map(({ ports, from }) => [
          ports.map(({ port }: { port: string }) => port).join(),
          from?.[0].podSelector?.matchLabels['app.kubernetes.io/component'] ?? (from ? 'other' : 'all'),
        ])
        const isServing = ['partitioner', 'query', 'reconciler'].includes(container.name)
        const http = isStandalone ? [['http', 'all']] : isServing ? [['http', 'balancer']] : []
        assert.deepEqual(reached, [...http, ['admin', 'other']], container.name)
      }
    })

    test('pods may talk to their servers', () => {
      const policy = ofKind(manifests, 'NetworkPolicy').find(({ metadata }) =>
        metadata.name.endsWith('-egress'),
      )
      for (const { labels } of pods) assert.ok(isSelected(labels, policy.spec.podSelector.matchLabels))
      const ports = policy.spec.egress.flatMap((rule: { ports: { port: number }[] }) =>
        rule.ports.map(({ port }) => port),
      )
      const servers = { small: [], 'three-zones': [443, 4318, 6379, 9042, 9092], 'own-servers': [9042, 9093] }
      assert.deepEqual(ports.slice(3).sort(), servers[set].map(Number).sort())
    })
  })
}

describe('what runs everywhere', () => {
  const manifests = manifestsOf('three-zones')

  test('the balancer has the configuration of every other way to run', () => {
    const [{ data }] = ofKind(manifests, 'ConfigMap').filter(({ metadata }) => /balancer/.test(metadata.name))
    const host = (name: string) => `tally-${name}.${NAMESPACE}.svc.cluster.local:8080 resolve`
    const filled = fill(textOf('infra/nginx/nginx.conf.tmpl'), {
      USER: '',
      RUN: '/tmp/nginx',
      LISTEN: '0.0.0.0:8080',
      TLS_LISTENS: '',
      TLS: '',
      LISTEN_INSIDE: '',
      RESOLVER: 'resolver kube-dns.kube-system.svc.cluster.local valid=2s ipv6=off;',
      OPERATORS: '127.0.0.0/8 1;',
      CDN: '',
      BALANCE: '/etc/tally/least_conn.conf',
      PARTITIONERS: balancedServer(host('partitioner')),
      QUERIES: balancedServer(host('query')),
      RECONCILERS: balancedServer(host('reconciler')),
    })
    assert.equal(data['nginx.conf'].trim(), filled.trim())
    assert.equal(data['least_conn.conf'].trim(), textOf('infra/nginx/balance/least_conn.conf').trim())
  })

  test('the rules are those of infra/prometheus', () => {
    const [rule] = ofKind(manifests, 'PrometheusRule')
    const groups = ['alert-rules', 'slo-rules'].flatMap(
      (name) => parse(textOf(`infra/prometheus/${name}.yml`)).groups,
    )
    assert.deepEqual(rule.spec.groups, groups)
  })

  test('the dashboards are those of infra/grafana', () => {
    const [{ data }] = ofKind(manifests, 'ConfigMap').filter(({ metadata }) =>
      /dashboards/.test(metadata.name),
    )
    const paths = globSync('infra/grafana/dashboards/*.json', { cwd: root })
    const wanted = paths.map((path) => [path.split('/').at(-1), parse(textOf(path))])
    const shown = Object.entries<string>(data).map(([name, text]) => [name, parse(text)])
    assert.deepEqual(Object.fromEntries(shown), Object.fromEntries(wanted))
  })

  test('every process is scraped once, by the names that the rules ask for', () => {
    const [{ spec }] = ofKind(manifests, 'ServiceMonitor')
    const [endpoint] = spec.endpoints
    const scraped = ofKind(manifests, 'Service').filter(({ metadata }) =>
      isSelected(metadata.labels, spec.selector.matchLabels),
    )
    for (const { labels, container } of servicePods(manifests)) {
      const found = scraped.filter((one) => isSelected(labels, one.spec.selector))
      assert.equal(found.length, 1, container.name)
      assert.ok(found[0].spec.ports.some(({ name }: { name: string }) => name === endpoint.port))
      assert.equal(found[0].metadata.labels[spec.jobLabel], 'tally')
      assert.equal(labels['app.kubernetes.io/component'], container.name)
    }
    const service = endpoint.relabelings.find(
      ({ targetLabel }: { targetLabel: string }) => targetLabel === 'service',
    )
    assert.deepEqual(service.sourceLabels, ['__meta_kubernetes_pod_label_app_kubernetes_io_component'])
  })

  test('processing is scaled by the lag of its own lane', () => {
    const groups = ofKind(manifests, 'ScaledObject').map(({ metadata, spec }) => [
      metadata.name,
      spec.triggers[0].metadata.consumerGroup,
    ])
    assert.deepEqual(groups, [
      ['tally-processing', 'tally-processing-checkpoints'],
      ['tally-worker', 'tally-processing-overflow-checkpoints'],
    ])
    const [{ spec }] = ofKind(manifestsOf('own-servers'), 'ScaledObject')
    assert.equal(
      spec.triggers[0].metadata.query,
      `sum(tally_lag_records{namespace="${NAMESPACE}",lane="events"})`,
    )
  })

  test('a backup is made every night as a reconciler, one at a time, on a disk that stays', () => {
    const [job, ...others] = ofKind(manifests, 'CronJob')
    assert.deepEqual(others, [])
    const { concurrencyPolicy, schedule, timeZone, jobTemplate } = job.spec
    assert.deepEqual([concurrencyPolicy, schedule, timeZone], ['Forbid', '20 2 * * *', 'Etc/UTC'])
    assert.equal(jobTemplate.spec.activeDeadlineSeconds, 12 * 3_600)
    const { serviceAccountName, containers, volumes } = jobTemplate.spec.template.spec
    const [{ command, env }] = containers
    const options = parseOptions(command.slice(2), undefined, 0)
    assert.deepEqual(options, {
      ...{ isCluster: true, out: '/backups/1970-01-01T00-00-00Z', kept: { folder: '/backups', most: 7 } },
    })
    const reconciler = servicePods(manifests).find(({ container }) => container.name === 'reconciler')!
    assert.equal(serviceAccountName, reconciler.spec.serviceAccountName)
    for (const one of env)
      assert.deepEqual(
        reconciler.container.env!.find(({ name }: { name: string }) => name === one.name),
        one,
      )
    const claim = ofKind(manifests, 'PersistentVolumeClaim').find(({ metadata }) =>
      /backup/.test(metadata.name),
    )
    assert.equal(volumes[0].persistentVolumeClaim.claimName, claim.metadata.name)
    assert.equal(claim.metadata.annotations['helm.sh/resource-policy'], 'keep')
  })

  test('no backup is made where nobody asks for it', () => {
    assert.deepEqual(ofKind(manifestsOf('own-servers'), 'CronJob', 'PersistentVolumeClaim'), [])
  })

  test('the schema and the topics are ready before anything new starts', () => {
    const jobs = ofKind(manifests, 'Job')
    assert.deepEqual(jobs.map(nameOf).sort(), ['tally-migrate', 'tally-topics'])
    for (const { metadata, spec } of jobs) {
      assert.equal(metadata.annotations['helm.sh/hook'], 'pre-install,pre-upgrade')
      assert.equal('serviceAccountName' in spec.template.spec, false, 'the account is made later')
    }
  })
})
