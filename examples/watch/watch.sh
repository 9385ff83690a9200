#!/bin/sh
# A watched folder for an office without a document system: every PDF that arrives in INBOX is verified and moved to
# a folder by its verdict, with the report (HTML) beside it. Run it every minute from cron or the systemd timer here.
#
#   watch.sh INBOX TARGET [OPTION OF sigcheck verify]...
set -eu
inbox=${1:?the watched folder}
target=${2:?where the results go}
shift 2
mkdir -p "$target/hop-le" "$target/xem-lai" "$target/khong-hop-le" "$target/chua-ky" "$target/khong-doc-duoc"
for file in "$inbox"/*.pdf "$inbox"/*.PDF; do
  [ -f "$file" ] || continue
  # A file still being copied is left for the next round.
  [ -z "$(find "$file" -mmin -"${SETTLE_MINUTES:-1}")" ] || continue
  name=$(basename "$file")
  folder_of_report=$(mktemp -d "$target/.report.XXXXXX")
  report=$folder_of_report/report.html
  code=0
  sigcheck verify "$file" --format html --output "$report" "$@" || code=$?
  case $code in
    0) folder=hop-le ;;
    3) folder=chua-ky ;;
    10) folder=xem-lai ;;
    11) folder=khong-hop-le ;;
    1) folder=khong-doc-duoc ;;
    *) rm -rf "$folder_of_report"; echo "sigcheck ended with $code" >&2; exit "$code" ;;
  esac
  # Never write over an earlier file of the same name.
  stamp=$(date +%Y%m%d-%H%M%S)-$$
  [ ! -e "$target/$folder/$name" ] || name="${name%.*}-$stamp.pdf"
  mv "$report" "$target/$folder/${name%.*}.html"
  rmdir "$folder_of_report"
  mv "$file" "$target/$folder/$name"
done
