#!/bin/sh
# Prints a template with each @NAME@ filled from the environment: template.ts for containers, which have no Node.
# usage: fill.sh TEMPLATE
set -eu
script=
for name in $(grep -o '@[A-Z][A-Z_]*@' "$1" | tr -d @ | sort -u); do
  eval "value=\${$name?the template wants it}"
  script="$script;s|@$name@|$value|g"
done
sed "${script#;}" "$1"
