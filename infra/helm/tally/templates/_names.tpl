{{/* What objects are called, and by which labels they are found. */}}
{{- define "tally.fullname" -}}
{{- $name := ternary .Release.Name (printf "%s-tally" .Release.Name) (contains "tally" .Release.Name) -}}
{{- .Values.fullnameOverride | default $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Given the root and a component: what never changes. */}}
{{- define "tally.selector" -}}
app.kubernetes.io/name: tally
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "tally.labels" -}}
{{ include "tally.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{/* Given the root: all pods of this release, also those of jobs. */}}
{{- define "tally.everyPod" -}}
app.kubernetes.io/name: tally
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tally.metadata" -}}
name: {{ include "tally.fullname" .root }}-{{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "tally.labels" . | nindent 2 }}
{{- end -}}

{{- define "tally.image" -}}
{{- $all := .root.Values.image -}}
{{- $own := .own.image | default dict -}}
{{- $digest := $own.digest | default (ternary "" $all.digest (not (empty $own.tag))) -}}
{{- if $digest -}}
{{ $all.repository }}@{{ $digest }}
{{- else -}}
{{ $all.repository }}:{{ $own.tag | default $all.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The components that are on, as a JSON list in the order of the flow. */}}
{{- define "tally.components" -}}
{{- $on := list -}}
{{- range $name := list "partitioner" "processing" "worker" "query" "reconciler" "standalone" -}}
{{- $own := index $.Values $name -}}
{{- if and $own.enabled (or (eq $name "standalone") (not $.Values.standalone.enabled)) -}}
{{- $on = append $on $name -}}
{{- end -}}
{{- end -}}
{{- toJson $on -}}
{{- end -}}
