{{/* What processes read of their environment. */}}

{{/* Given the root and a component: its settings as a JSON object of texts. */}}
{{- define "tally.settings" -}}
{{- $own := index .root.Values .name -}}
{{- $settings := dict -}}
{{- range $name, $value := mergeOverwrite (deepCopy .root.Values.settings) (deepCopy ($own.settings | default dict)) -}}
{{- if kindIs "float64" $value -}}
{{- $_ := set $settings $name (toString (int64 $value)) -}}
{{- else if ne (toString $value) "" -}}
{{- $_ := set $settings $name (toString $value) -}}
{{- end -}}
{{- end -}}
{{- toJson $settings -}}
{{- end -}}

{{/* The same with what the chart decides, for a process that listens. */}}
{{- define "tally.serviceSettings" -}}
{{- $settings := include "tally.settings" . | fromJson -}}
{{- $front := include "tally.fullname" .root -}}
{{- $hosts := list $front (printf "%s.%s" $front .root.Release.Namespace) -}}
{{- $hosts = append $hosts (printf "%s.%s.svc" $front .root.Release.Namespace) -}}
{{- with .root.Values.ingress.host }}{{ $hosts = append $hosts . }}{{ end -}}
{{- with $settings.ALLOWED_HOSTS }}{{ $hosts = append $hosts . }}{{ end -}}
{{- $_ := set $settings "ALLOWED_HOSTS" (join "," $hosts) -}}
{{- $_ := set $settings "HOST" "0.0.0.0" -}}
{{- $_ := set $settings "PORT" "8080" -}}
{{- $_ := set $settings "ADMIN_PORT" "9100" -}}
{{- $_ := set $settings "DATA_DIR" "/data" -}}
{{- if eq .name "worker" }}{{ $_ := set $settings "LANE" "events-overflow" }}{{ end -}}
{{- if and (eq .name "reconciler") .root.Values.balancer.enabled (not $settings.PROBE_URL) -}}
{{- $_ := set $settings "PROBE_URL" (printf "http://%s" $front) -}}
{{- end -}}
{{- toJson $settings -}}
{{- end -}}

{{/* Given the root and a component: the files of secrets, as a JSON object. */}}
{{- define "tally.secretFiles" -}}
{{- $own := index .root.Values .name -}}
{{- mergeOverwrite (deepCopy .root.Values.secretFiles) (deepCopy ($own.secretFiles | default dict)) | toJson -}}
{{- end -}}

{{/* Given also the settings: the environment of a container. */}}
{{- define "tally.env" -}}
{{- range $name, $value := .settings }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- range $name, $_ := include "tally.secretFiles" . | fromJson }}
- { name: {{ $name }}, value: /secrets/{{ $name }} }
{{- end }}
{{- if .root.Values.kafkaRackIsZone }}
- name: KAFKA_CLIENT_RACK
  valueFrom: { fieldRef: { fieldPath: "metadata.labels['topology.kubernetes.io/zone']" } }
{{- end }}
{{- with .root.Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tally.secretVolume" -}}
{{- with include "tally.secretFiles" . | fromJson }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $name, $file := . }}
      - secret: { name: {{ $file.secret }}, items: [{ key: {{ $file.key | quote }}, path: {{ $name }} }] }
      {{- end }}
{{- end }}
{{- end -}}

{{- define "tally.secretMount" -}}
{{- with include "tally.secretFiles" . | fromJson }}
- { name: secrets, mountPath: /secrets, readOnly: true }
{{- end }}
{{- end -}}

{{- define "tally.port" -}}
{{- regexFind "[0-9]+$" (regexFind ":[0-9]+$" (urlParse .url).host) | default .default -}}
{{- end -}}

{{/* The ports at which the settings say that servers are, as a JSON list. */}}
{{- define "tally.serverPorts" -}}
{{- $found := list -}}
{{- range $name := list "partitioner" "processing" "worker" "query" "reconciler" "migrate" "topics" -}}
{{- $settings := include "tally.settings" (dict "root" $ "name" $name) | fromJson -}}
{{- range $address := splitList "," (printf "%s,%s" ($settings.KAFKA_BROKERS | default "") ($settings.CASSANDRA_CONTACT_POINTS | default "")) -}}
{{- with regexFind "[0-9]+$" $address }}{{ $found = append $found (int .) }}{{ end -}}
{{- end -}}
{{- if or $settings.REDIS_URL (hasKey (include "tally.secretFiles" (dict "root" $ "name" $name) | fromJson) "REDIS_URL_FILE") -}}
{{- $found = append $found (include "tally.port" (dict "url" ($settings.REDIS_URL | default "") "default" 6379) | int) -}}
{{- end -}}
{{- with $settings.OTEL_EXPORTER_OTLP_ENDPOINT -}}
{{- $found = append $found (include "tally.port" (dict "url" . "default" (ternary 80 443 (hasPrefix "http:" .))) | int) -}}
{{- end -}}
{{- if or (hasPrefix "s3:" ($settings.ARCHIVE_URL | default "")) (hasPrefix "s3:" ($settings.OVERFLOW_URL | default "")) -}}
{{- $endpoint := $settings.S3_ENDPOINT | default "" -}}
{{- $default := ternary 80 443 (hasPrefix "http:" $endpoint) -}}
{{- $found = append $found (include "tally.port" (dict "url" $endpoint "default" $default) | int) -}}
{{- end -}}
{{- end -}}
{{- $found | uniq | sortAlpha | toJson -}}
{{- end -}}
