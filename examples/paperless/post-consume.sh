#!/bin/sh
# Paperless-ngx: PAPERLESS_POST_CONSUME_SCRIPT=/opt/sigcheck/examples/paperless/post-consume.sh
#
# Verifies the original of every document that was consumed and writes the report beside it. Paperless tells where the
# original is in DOCUMENT_SOURCE_PATH. Set SIGCHECK_TRUST to your roots and SIGCHECK_REPORTS to a folder for reports.
# The verdict is told on standard output, which Paperless keeps in its log; a bad signature never stops the import.
# With PAPERLESS_API_URL and PAPERLESS_API_TOKEN, tell.py sets a tag for the verdict and writes a note.
set -eu
file=${DOCUMENT_SOURCE_PATH:?run by Paperless-ngx}
case $file in *.pdf | *.PDF) ;; *) exit 0 ;; esac
reports=${SIGCHECK_REPORTS:-$(dirname "$file")}
name=${DOCUMENT_ID:-0}
code=0
sigcheck verify "$file" --format html --output "$reports/$name-signatures.html" --force || code=$?
case $code in
  0) echo "document $name: TOTAL-PASSED" ;;
  3) echo "document $name: NO-SIGNATURE" ;;
  10) echo "document $name: INDETERMINATE" ;;
  11) echo "document $name: TOTAL-FAILED" ;;
  1) echo "document $name: could not be verified" ;;
  *) echo "document $name: could not be verified ($code)"; exit 1 ;;
esac
if [ -n "${PAPERLESS_API_TOKEN:-}" ]; then
  facts=$(mktemp)
  trap 'rm -f "$facts"' EXIT
  sigcheck verify "$file" --format json --output "$facts" --force || [ $? -ne 2 ]
  python3 "$(dirname "$0")/tell.py" "$name" "$facts"
fi
[ "$code" -ne 1 ]
