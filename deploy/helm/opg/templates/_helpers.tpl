{{- define "opg.labels" -}}
app.kubernetes.io/name: opg
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "opg.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "opg.securityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
capabilities: { drop: [ALL] }
{{- end }}

{{/* Variables of every process. */}}
{{- define "opg.env" -}}
- { name: OPG_CONFIG, value: /etc/opg/opg.config.json }
- { name: OPG_DEPLOYMENT, value: /etc/opg/deployment.json }
- { name: OPG_DATA_DIR, value: /var/lib/opg }
- { name: OPG_LOG_FORMAT, value: json }
- { name: OPG_LOG_LEVEL, value: {{ .Values.log.level | quote }} }
- { name: OPG_EVIDENCE_URL, value: {{ .Values.evidence.url | quote }} }
- name: OPG_STORE_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.store.secret | quote }}, key: STORE_URL } }
- name: OPG_RPC_URL
  valueFrom: { secretKeyRef: { name: {{ .Values.network.secret | quote }}, key: RPC_URL } }
{{- if hasPrefix "s3:" .Values.evidence.url }}
- name: AWS_ACCESS_KEY_ID
  valueFrom: { secretKeyRef: { name: {{ required "evidence.secret: s3:// needs credentials" .Values.evidence.secret | quote }}, key: AWS_ACCESS_KEY_ID } }
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: { secretKeyRef: { name: {{ .Values.evidence.secret | quote }}, key: AWS_SECRET_ACCESS_KEY } }
{{- end }}
{{- end }}

{{- define "opg.mounts" -}}
- { name: config, mountPath: /etc/opg, readOnly: true }
- { name: data, mountPath: /var/lib/opg }
- { name: tmp, mountPath: /tmp }
{{- if hasPrefix "file:" .Values.evidence.url }}
- { name: evidence, mountPath: /evidence }
{{- end }}
{{- end }}

{{- define "opg.volumes" -}}
- { name: config, configMap: { name: {{ .Release.Name | quote }} } }
- { name: tmp, emptyDir: {} }
{{- if hasPrefix "file:" .Values.evidence.url }}
- name: evidence
  persistentVolumeClaim: { claimName: {{ required "evidence.claim: file:// needs a claim with ReadWriteMany" .Values.evidence.claim | quote }} }
{{- end }}
{{- end }}
