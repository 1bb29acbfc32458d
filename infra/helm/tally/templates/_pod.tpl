{{/* Pods: their rights, their place, and how long they may take to start and to stop. */}}

{{- define "tally.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end -}}

{{- define "tally.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end -}}

{{/* Given the root, a component and the kind of its workload. */}}
{{- define "tally.place" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: {{ .root.Values.spreadOverZones }}
    nodeTaintsPolicy: Honor # a zone that is lost must not hold up the others
    labelSelector: { matchLabels: { {{- include "tally.selectorInline" . }} } }
    {{- if eq .kind "Deployment" }}
    matchLabelKeys: [pod-template-hash]
    {{- end }}
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: { matchLabels: { {{- include "tally.selectorInline" . }} } }
    {{- if eq .kind "Deployment" }}
    matchLabelKeys: [pod-template-hash]
    {{- end }}
{{- include "tally.nodes" . }}
{{- end -}}

{{- define "tally.selectorInline" -}}
{{- include "tally.selector" . | replace "\n" ", " -}}
{{- end -}}

{{- define "tally.nodes" -}}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/*
Seconds, given the settings of a process: it goes on answering for DRAIN_MS, gives requests SHUTDOWN_TIMEOUT_MS, and
what it has taken as long again.
*/}}
{{- define "tally.stopSeconds" -}}
{{- $drainMs := .DRAIN_MS | default "5000" | int64 -}}
{{- $shutdownMs := .SHUTDOWN_TIMEOUT_MS | default "10000" | int64 -}}
{{- div (add $drainMs (mul 2 $shutdownMs) 15999) 1000 -}}
{{- end -}}

{{/* A process listens when its servers have answered, which may take long; later, silence means that it is stuck. */}}
{{- define "tally.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: admin }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 120
livenessProbe:
  httpGet: { path: /health/live, port: admin }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: admin }
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end -}}

{{- define "tally.program" -}}
services/{{ ternary "processing" .name (eq .name "worker") }}/main.ts
{{- end -}}

{{- define "tally.pod" -}}
{{- $settings := include "tally.serviceSettings" . | fromJson -}}
metadata:
  labels:
    {{- include "tally.labels" . | nindent 4 }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- if .root.Values.serviceAccount.create }}
  serviceAccountName: {{ include "tally.fullname" .root }}
  {{- end }}
  terminationGracePeriodSeconds: {{ include "tally.stopSeconds" $settings }}
  securityContext:
    {{- include "tally.podSecurity" . | nindent 4 }}
  {{- include "tally.place" . | nindent 2 }}
  containers:
    - name: {{ .name }}
      image: {{ include "tally.image" . }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      command: [node, {{ include "tally.program" . }}]
      env:
        {{- include "tally.env" (merge (dict "settings" $settings) .) | nindent 8 }}
      ports:
        - { name: http, containerPort: 8080 }
        - { name: admin, containerPort: 9100 }
      {{- include "tally.probes" . | nindent 6 }}
      resources:
        {{- toYaml .own.resources | nindent 8 }}
      securityContext:
        {{- include "tally.containerSecurity" . | nindent 8 }}
      volumeMounts:
        - { name: data, mountPath: /data }
        - { name: tmp, mountPath: /tmp }
        {{- include "tally.secretMount" . | nindent 8 }}
  volumes:
    - { name: tmp, emptyDir: { sizeLimit: 64Mi } }
    {{- if not .own.disk.claim }}
    - { name: data, emptyDir: { sizeLimit: {{ .own.disk.size }} } }
    {{- end }}
    {{- include "tally.secretVolume" . | nindent 4 }}
{{- end -}}
