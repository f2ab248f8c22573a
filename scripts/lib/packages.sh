# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Debian packages that a script needs. Source this file, then:
#   need_packages PKG…      install the ones that are missing, or say which they are and exit 2
#   missing_packages PKG…   print the ones that are missing, one a line
#
# One dpkg-query call answers for all names, so nothing is paid when all are there.

missing_packages() {
  local have
  # A package removed but not purged is still listed: only "installed" counts. dpkg-query fails
  # when it does not know one of the names, which is an answer here and no error.
  # shellcheck disable=SC2016  # the ${…} are dpkg-query's own fields
  have=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null |
    sed -n 's/ installed$//p') || true
  comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$have")
}

# Runs apt-get with its chatter in a log that is shown only when it fails.
_apt_quietly() {
  local log status=0
  log=$(mktemp)
  # Suites that run side by side: "update" waits for nobody who has the lists. -o: no daemon that a package starts
  # inherits the lock.
  DEBIAN_FRONTEND=noninteractive flock -o /var/lib/apt/lists \
    apt-get -q -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1 || status=$?
  if [ "$status" -ne 0 ]; then
    tail -n 20 "$log" >&2
  fi
  rm -f "$log"
  return "$status"
}

need_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ "${#missing[@]}" -eq 0 ]; then
    return 0
  fi
  if ! command -v apt-get >/dev/null; then
    echo "swme: missing packages: ${missing[*]} (this script installs Debian packages only)" >&2
    exit 2
  fi
  if [ "$(id -u)" -ne 0 ]; then
    echo "swme: missing packages, as root run: apt-get install ${missing[*]}" >&2
    exit 2
  fi
  echo "swme: installing ${missing[*]}" >&2
  # The package lists of a fresh machine are empty, those of an old one name versions that are gone.
  if ! _apt_quietly update ||
    ! _apt_quietly install -y --no-install-recommends "${missing[@]}"; then
    echo "swme: could not install ${missing[*]}" >&2
    exit 2
  fi
}
