# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Sourced: apt's own client, on the mirror that this machine's apt uses, with lists and a cache of its own, so that the
# machine's sources and package state stay as they are. Nothing is installed. Exit code 3: cannot be had here.

give_up() {
  echo "$(basename "$0"): $*" >&2
  exit 3
}

# SUITE ARCHITECTURE: reads the package lists of one suite; sets $work, which is removed at the end.
own_apt() {
  local suite=$1 architecture=$2 mirror
  command -v apt-get >/dev/null || give_up "it comes from Debian's packages: apt-get is not here"
  # The main archive, not the one for security updates, has all suites.
  # shellcheck disable=SC2016 # these are apt's own names
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(ORIGIN) $(RELEASE)' 'Created-By: Packages' |
    awk '$2 == "Debian" && $3 !~ /-security$/ { print $1; exit }')
  [ -n "$mirror" ] || give_up "this machine's apt has no Debian source"

  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/tree"
  echo "deb [arch=$architecture signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
    >"$work/sources.list"
  cat >"$work/apt.conf" <<END
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "-";
Dir::State "$work";
Dir::State::lists "$work/lists";
Dir::State::status "/dev/null";
Dir::Cache "$work";
Dir::Cache::archives "$work/archives";
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "2";
END
  export APT_CONFIG=$work/apt.conf
  { apt-get -q update && apt-get -q check; } >"$work/log" 2>&1 ||
    give_up "cannot read Debian's package lists (no network?): $(grep -m 1 -E '^[EW]:' "$work/log" || true)"
}

# PACKAGE...: downloads them and unpacks them into $work/tree
unpack() {
  local archive
  (cd "$work/archives" && apt-get -q download "$@") >"$work/log" 2>&1 ||
    give_up "cannot download $*: $(grep -m 1 '^E:' "$work/log" || true)"
  for archive in "$work"/archives/*.deb; do dpkg -x "$archive" "$work/tree"; done
}

# FOLDER: what is in it is whole or not there at all
put_in_place() {
  rm -rf "$1"
  mv "$1.new" "$1"
}
